import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections and to who asks for any (Linux: from 32768 on; IANA: from
 * 49152 on): what is free here stays free until it is used, and while a server of ours is down.
 */
const RANGE = { from: 20_000, to: 32_000 };

/** Ports of 127.0.0.1 that nobody listens on, all different, chosen by chance so that two runs on a machine don't meet. */
export async function freePorts(count: number, { from, to } = RANGE): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < count; tries++) {
      if (tries > 100 * count) throw new Error(`No port from ${from} to ${to} is free.`);
      const [port, server] = [randomInt(from, to), createServer()];
      if (!(await listens(server, port))) continue;
      held.push(server);
      ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Has a server listen on such a port of 127.0.0.1: nobody takes it while the server is down. */
export async function listenOnFreePort(server: Server, { from, to } = RANGE): Promise<void> {
  for (let tries = 0; !(await listens(server, randomInt(from, to))); tries++)
    if (tries > 100) throw new Error(`No port from ${from} to ${to} is free.`);
}

/** False where somebody listens already. */
const listens = (server: Server, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const taken = () => resolve(false);
    server.once('error', taken).listen(port, '127.0.0.1', () => {
      server.off('error', taken);
      resolve(true);
    });
  });
