import { RefusedRequest } from '../system/client.js';
import { Unreachable } from '../system/problem.js';
import { Sender, type SenderOptions } from './sender.js';

/** A collector that remembers ids and fails when it is told to. */
class Door {
  readonly ids = new Set<string>();
  readonly requests: string[] = [];
  readonly rejected: object[] = [];
  failures: unknown[] = [];
  /** The request arrives, and the answer gets lost. */
  lostAnswers = 0;
  atOnce = 0;
  most = 0;

  async send<Answer>(path: string, text: string): Promise<Answer> {
    this.requests.push(text);
    this.most = Math.max(this.most, ++this.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce--;
    if (this.failures.length) throw this.failures.shift();
    const events = JSON.parse(text) as { id: string }[];
    const fresh = events.filter(({ id }) => !this.ids.has(id));
    for (const { id } of fresh) this.ids.add(id);
    if (this.lostAnswers-- > 0) throw new Unreachable('connection reset');
    return { accepted: fresh.length, duplicates: events.length - fresh.length, rejected: [] } as Answer;
  }

  async post<Answer>(path: string, rejected: object): Promise<Answer> {
    this.rejected.push(rejected);
    return {} as Answer;
  }
}

function senderTo(door: Door, options: Partial<SenderOptions> = {}) {
  const waits: number[] = [];
  const sender = new Sender({
    client: door,
    signal: new AbortController().signal,
    source: '/import/shop',
    batch: 2,
    wait: async (milliseconds) => waits.push(milliseconds),
    ...options,
  });
  const sendAll = async (count: number) => {
    for (let n = 0; n < count; n++) await sender.event({ id: `order/${n}` });
    await sender.finish();
  };
  return { sender, sendAll, waits };
}

it('sends in batches, few at once', async () => {
  const door = new Door();
  const { sender, sendAll } = senderTo(door, { inFlight: 3 });
  await sendAll(15);
  expect(door.requests.map((text) => (JSON.parse(text) as object[]).length)).toEqual([
    2, 2, 2, 2, 2, 2, 2, 1,
  ]);
  expect(door.most).toBe(3);
  expect(sender).toMatchObject({ accepted: 15, duplicates: 0 });
});

it('sends nothing twice when an answer gets lost', async () => {
  const door = new Door();
  door.lostAnswers = 1;
  const { sender, sendAll, waits } = senderTo(door, { inFlight: 1 });
  await sendAll(4);
  expect(door.ids.size).toBe(4);
  expect(sender).toMatchObject({ accepted: 2, duplicates: 2 });
  expect(waits).toEqual([250]);
});

it('waits longer each time, and as long as it is asked to', async () => {
  const door = new Door();
  door.failures = [
    new Unreachable('away'),
    new Unreachable('away'),
    new RefusedRequest(503, 'busy', 'busy', 5),
  ];
  const { sendAll, waits } = senderTo(door, { inFlight: 1 });
  await sendAll(2);
  expect(waits).toEqual([250, 500, 5000]);
});

it('gives up when the system stays away', async () => {
  const door = new Door();
  door.failures = Array.from({ length: 50 }, () => new Unreachable('away'));
  const { sendAll, waits } = senderTo(door, { inFlight: 1, patience: 3_000 });
  await expect(sendAll(2)).rejects.toThrow('away');
  expect(waits).toEqual([250, 500, 1000, 2000]);
});

it('does not repeat what is refused', async () => {
  const door = new Door();
  door.failures = [new RefusedRequest(401, 'unauthenticated', 'A token is needed.')];
  const { sendAll } = senderTo(door);
  await expect(sendAll(20)).rejects.toThrow('A token is needed.');
  expect(door.requests.length).toBeLessThan(10);
});

it('hands in what was rejected, with its line', async () => {
  const door = new Door();
  const { sender } = senderTo(door);
  await sender.reject({
    reference: 'line 3',
    code: 'invalid-price',
    message: 'No number.',
    body: { price: 'free' },
  });
  await sender.finish();
  expect(door.rejected).toEqual([
    {
      origin: 'import',
      source: '/import/shop',
      reference: 'line 3',
      code: 'invalid-price',
      message: 'No number.',
      body: { price: 'free' },
    },
  ]);
  expect(sender.rejected).toEqual({ 'invalid-price': 1 });
});
