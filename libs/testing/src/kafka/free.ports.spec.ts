import { createServer, type AddressInfo } from 'node:net';
import { freePorts, listenOnFreePort } from './free.ports.js';

describe('free ports', () => {
  it('are what a server may ask for that will be down in between', async () => {
    const server = createServer();
    await listenOnFreePort(server);
    expect((server.address() as AddressInfo).port).toBeLessThan(32_768);
    await new Promise((resolve) => server.close(resolve));
  });

  it('are all different, and none that the system gives to connections', async () => {
    const ports = await freePorts(50);
    expect(new Set(ports).size).toBe(50);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it('are none that somebody listens on', async () => {
    const server = createServer();
    await listenOnFreePort(server);
    const { port: first } = server.address() as AddressInfo;
    const range = { from: first, to: first + 20 };
    for (let n = 0; n < 20; n++) expect(await freePorts(2, range)).not.toContain(first);
    await expect(freePorts(1, { from: first, to: first + 1 })).rejects.toThrow('No port from');
    await expect(listenOnFreePort(createServer(), { from: first, to: first + 1 })).rejects.toThrow(
      'No port from',
    );
    await new Promise((resolve) => server.close(resolve));
  });
});
