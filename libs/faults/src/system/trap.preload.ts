/**
 * Loaded into a service before anything else (`node --import`): makes it fall where a schedule says so, with
 * nothing of it in the service itself. Environment:
 *
 * - `TRAP`: `{ "application": part of a connection's application_name, "query": pattern, "when": "before" | "after",
 *   "time": which one, from 1, "signal": "SIGKILL" }`: the process sends itself the signal before that query goes
 *   out, or when its answer has come.
 * - `CLOCK_OFFSET`, `CLOCK_JUMP_AFTER`: milliseconds that its wall clock is ahead, and after which it jumps back
 *   by twice as many.
 * - `KNOWS_VERSION`: `order.placed 99`: its catalogue knows that version, as after an upgrade.
 * - `DOOR`: path of a Unix socket through which it is reached from outside of its network, too.
 * - On SIGWINCH it collects its garbage, so that one sees what it holds.
 * - On SIGUSR2 it computes for `STALL` milliseconds: the event loop stands still.
 */
import { connect, createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';

export interface Trap {
  application: string;
  query: string;
  when: 'before' | 'after';
  time: number;
  signal: NodeJS.Signals;
}

type Queried = (
  this: pg.Client & { connectionParameters?: { application_name?: string } },
  ...given: unknown[]
) => unknown;

function set({ application, query, when, time, signal }: Trap): void {
  const pattern = new RegExp(query, 'i');
  const prototype = pg.Client.prototype as unknown as { query: Queried };
  const original = prototype.query;
  let seen = 0;
  const fall = () => process.kill(process.pid, signal);
  prototype.query = function (...given) {
    const [first] = given;
    const text = typeof first === 'string' ? first : (first as { text?: string } | undefined)?.text;
    const isOurs =
      text !== undefined &&
      (this.connectionParameters?.application_name ?? '').includes(application) &&
      pattern.test(text);
    if (!isOurs || ++seen !== time) return original.apply(this, given);
    if (when === 'before') fall();
    const callback = given.at(-1);
    if (when === 'before' || typeof callback === 'function') {
      // A pool asks with a callback, which is told when the answer has come.
      const told = (...answer: unknown[]) => {
        if (when === 'after') fall();
        (callback as (...answer: unknown[]) => void)(...answer);
      };
      return original.apply(this, when === 'before' ? given : [...given.slice(0, -1), told]);
    }
    const answer = original.apply(this, given) as Promise<unknown>;
    void answer.then(fall, () => undefined);
    return answer;
  };
}

function shiftClock(offset: number, jumpAfter: number): void {
  const RealDate = Date;
  const started = RealDate.now();
  const now = () => {
    const real = RealDate.now();
    return jumpAfter > 0 && real - started > jumpAfter ? real - offset : real + offset;
  };
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | [number | string | Date]) {
      if (given.length === 0) super(now());
      else super(...given);
    }
    static override now = now;
  } as DateConstructor;
}

function stall(milliseconds: number): void {
  const end = process.hrtime.bigint() + BigInt(milliseconds) * 1_000_000n;
  while (process.hrtime.bigint() < end);
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Every version up to this one is known; none of them changed anything. */
async function learn(type: string, version: number): Promise<void> {
  const { catalogue } = await import('@perennial/events');
  const known = (catalogue as Record<string, { data: object }>)[type];
  if (!known) throw new Error(`KNOWS_VERSION names ${type}, which is no type of the catalogue.`);
  const older = Array.from({ length: version - 1 }, (_, index) => ({
    version: index + 1,
    data: known.data,
    upcast: (data: unknown) => data,
  }));
  Object.assign(known, { version, older });
}

function open(path: string, port: number): void {
  const door = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      from.pipe(to).on('error', () => from.destroy());
  });
  door.listen(path).unref();
}

const { DOOR, PORT, TRAP, CLOCK_OFFSET, CLOCK_JUMP_AFTER, KNOWS_VERSION, STALL } = process.env;
if (KNOWS_VERSION) await learn(KNOWS_VERSION.split(' ')[0] ?? '', Number(KNOWS_VERSION.split(' ')[1]));
if (DOOR) open(DOOR, Number(PORT));
if (TRAP) set(JSON.parse(TRAP) as Trap);
if (CLOCK_OFFSET) shiftClock(Number(CLOCK_OFFSET), Number(CLOCK_JUMP_AFTER ?? 0));
process.on('SIGWINCH', () => collect());
process.on('SIGUSR2', () => stall(Number(STALL ?? 0)));
