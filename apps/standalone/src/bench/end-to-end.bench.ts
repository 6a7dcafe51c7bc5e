import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Bench } from './bench.bench.js';
import { startBenchKafka } from './bench-kafka.bench.js';
import type { Figure } from './figures.bench.js';
import { kafkaEnvironment, startService, type ServiceProcess } from './service-process.bench.js';

/** Events a second. */
const RATE = 1_000;
/** Events a request, and milliseconds between requests. */
const TOGETHER = 20;
const EVERY = (1_000 * TOGETHER) / RATE;
/** Requests and probes under way at a time. */
const MOST_OPEN = 200;
/** How often a probe is looked for, in milliseconds. */
const LOOK_EVERY = 4;

/**
 * From the door's answer until the row can be read, at 1,000 events a second, with collector, Kafka and a service in
 * processes of their own; and the longest such time while a second process of the service joins, and leaves.
 */
export async function endToEndFigures(bench: Bench): Promise<Figure[]> {
  const kafka = await startBenchKafka(bench);
  try {
    return await doorToRow(bench, kafka.url);
  } finally {
    await kafka.stop();
  }
}

async function doorToRow({ server, rounds, say }: Bench, streamUrl: string): Promise<Figure[]> {
  const database = await server.database('e2e');
  const environment = kafkaEnvironment(database, streamUrl);
  const pool = new pg.Pool({ connectionString: database, max: 4 });
  const running: ServiceProcess[] = [];
  const start = async (service: string) => {
    const started = await startService(service, environment);
    running.push(started);
    return started;
  };
  try {
    say('starting collector and retention, each in a process');
    const { url } = await start('collector');
    await start('retention');
    const traffic = new Traffic(url, pool);
    traffic.start();
    await sleep(8_000);
    const p50: number[] = [];
    const p99: number[] = [];
    for (let round = 0; round < rounds; round++) {
      say(`from the door to the row, round ${round + 1} of ${rounds}`);
      const latencies = await traffic.latencies(15_000);
      p50.push(quantile(latencies, 0.5));
      p99.push(quantile(latencies, 0.99));
    }
    say('a second process of retention joins and leaves');
    const joining = traffic.latencies(15_000);
    const second = await start('retention');
    const joined = quantile(await joining, 1);
    const leaving = traffic.latencies(10_000);
    second.child.kill('SIGTERM');
    const left = quantile(await leaving, 1);
    await traffic.stop();
    const unit = 'ms';
    return [
      { name: `door to row at ${Math.round(traffic.rate)} events/s, median`, unit, ours: p50 },
      { name: 'the same, 99th percentile', unit, ours: p99, target: { atMost: 250 } },
      { name: 'the longest while a second process joins', unit, ours: [joined] },
      { name: 'the longest while it leaves', unit, ours: [left] },
    ];
  } finally {
    for (const { child } of running) child.kill('SIGKILL');
    await pool.end();
    await sleep(500);
    await server.drop('e2e');
  }
}

/** Orders in a steady stream. The last of each request is a probe: how long until it is a row? */
class Traffic {
  private readonly stopping = new AbortController();
  private sending?: Promise<void>;
  private measured: number[] = [];
  private readonly open = new Set<Promise<void>>();
  private sent = 0;
  /** Requests that had to be sent again: with some, the machine was too slow for the rate. */
  repeated = 0;
  private began = 0;

  constructor(
    private readonly url: string,
    private readonly pool: pg.Pool,
  ) {}

  /** Events accepted a second, so far. */
  get rate(): number {
    return (this.sent * 1_000) / (performance.now() - this.began);
  }

  start(): void {
    this.began = performance.now();
    this.sending = this.send();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.sending;
    await Promise.all(this.open);
  }

  /** Of the orders accepted in the time to come, in milliseconds. */
  async latencies(time: number): Promise<number[]> {
    await Promise.all(this.open);
    this.measured = [];
    const measured = this.measured;
    await sleep(time);
    await Promise.all(this.open);
    return [...measured];
  }

  private async send(): Promise<void> {
    for (let tick = 1; !this.stopping.signal.aborted; tick++) {
      const late = this.began + tick * EVERY - performance.now();
      if (late > 0) await sleep(late);
      // A door that does not keep up is not buried: then the rate is less, and is told.
      if (this.open.size > MOST_OPEN) continue;
      const requested = this.request().finally(() => this.open.delete(requested));
      this.open.add(requested);
    }
  }

  private async request(): Promise<void> {
    const { measured } = this;
    const events = Array.from({ length: TOGETHER }, order);
    await this.insist(JSON.stringify(events));
    const acceptedAt = performance.now();
    this.sent += TOGETHER;
    // One request in five is looked for, so that looking is no load.
    if (this.sent % (5 * TOGETHER) !== 0) return;
    await this.untilRow(events.at(-1)!.data.orderId);
    measured.push(performance.now() - acceptedAt);
  }

  /** As a publisher does: the same again until it is accepted. */
  private async insist(body: string): Promise<void> {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    while (!this.stopping.signal.aborted)
      try {
        const response = await fetch(`${this.url}/events`, { method: 'POST', headers, body });
        if (response.ok) return;
        this.repeated++;
      } catch {
        this.repeated++;
        await sleep(200);
      }
  }

  private async untilRow(orderId: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const { rowCount } = await this.pool.query({
        name: 'probe',
        text: 'select from retention_tables."order" where order_id = $1 limit 1',
        values: [orderId],
      });
      if (rowCount) return;
      await sleep(LOOK_EVERY);
    }
  }
}

let orders = 0;
function order() {
  const number = ++orders;
  const price = { amount: '29.90', currency: 'EUR' };
  return {
    specversion: '1.0',
    id: `bench-${number}`,
    source: '/bench',
    type: 'order.placed',
    subject: `user:${number % 20_000}`,
    time: new Date().toISOString(),
    data: {
      orderId: `B-${number}`,
      total: price,
      lines: [{ sku: `sku-${number % 500}`, quantity: 1, price }],
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
