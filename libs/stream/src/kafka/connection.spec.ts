import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import Connection from 'kafkajs/src/network/connection.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import './kafka.client.js';

const quiet = { debug: () => undefined, error: () => undefined, warn: () => undefined };
const logger = { ...quiet, namespace: () => quiet };

/** An answer as brokers send it: its size, the number of the request, the rest. */
function answer(correlationId: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32BE(8, 0);
  bytes.writeInt32BE(correlationId, 4);
  return bytes;
}

const fromThere = (port: number, enforceRequestTimeout: boolean) =>
  new Connection({
    host: '127.0.0.1',
    port,
    logger,
    socketFactory: ({ host, port: to, onConnect }: { host: string; port: number; onConnect: () => void }) =>
      new Socket().connect(to, host, onConnect),
    connectionTimeout: 1_000,
    requestTimeout: 200,
    enforceRequestTimeout,
  });

it('is given up when a request gets no answer, with all that wait on it', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = fromThere((server.address() as AddressInfo).port, true);
  await connection.connect();
  const request = {
    request: { apiKey: 18, apiVersion: 0, apiName: 'ApiVersions', encode: async () => new Encoder(0) },
    response: {},
  };
  const asked = await Promise.allSettled([connection.send(request), connection.send(request)]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(connection.isConnected()).toBe(false);
  server.close();
});

it('is not taken for one that stands when it comes about only after it was given up', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = fromThere((server.address() as AddressInfo).port, false);
  // From here the event loop looks at its timers before it hears of connections.
  await new Promise(setImmediate);
  const connecting = connection.connect();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  await expect(connecting).rejects.toThrow('Connection timeout');
  // By then it would have heard.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(connection.isConnected()).toBe(false);
  server.close();
});

it('begins anew after a connection that broke in the middle of an answer, and hears no more of the old one', async () => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = fromThere((server.address() as AddressInfo).port, false);
  const answered: number[] = [];
  connection.requestQueue.fulfillRequest = ({ correlationId }) => void answered.push(correlationId);
  const accept = async () => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    await connection.connect();
    const [socket] = await accepted;
    socket.on('error', () => undefined);
    return socket;
  };

  const first = await accept();
  first.write(answer(1).subarray(0, 7));
  while (connection.bytesBuffered < 7) await new Promise(setImmediate);
  await connection.disconnect();
  const second = await accept();
  first.write(answer(2));
  second.write(answer(3));
  while (answered.length === 0) await new Promise(setImmediate);
  expect(answered).toEqual([3]);

  await connection.disconnect();
  first.destroy();
  second.destroy();
  server.close();
});
