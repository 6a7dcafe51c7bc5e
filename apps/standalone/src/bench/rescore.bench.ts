import {
  Layout,
  inTransaction,
  ReadModels,
  createTables,
  prepareSchema,
  replaceViews,
} from '@perennial/read-models';
import { DEFAULT_ASSUMPTIONS, followScores, retention } from '@perennial/retention';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';
import { MemoryWatch, memoryOf } from './memory.bench.js';
import { seconds } from './stopwatch.bench.js';

const CUSTOMERS = 1_000_000;

/** Fitted to CDNOW (Fader, Hardie, Lee 2005), as the event model.fitted says it. */
const fitted = {
  version: 1,
  asOf: '2026-01-01',
  reason: 'first',
  population: { customers: CUSTOMERS, repeatCustomers: 400_000, orderDays: 2_000_000 },
  assumptions: DEFAULT_ASSUMPTIONS,
  currency: 'EUR',
  orders: {
    model: 'pareto-nbd',
    parameters: { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 },
    unitDays: 7,
    converged: true,
    problems: [],
  },
  spend: {
    model: 'gamma-gamma',
    parameters: { p: 6.25, q: 3.74, v: 15.44 },
    unitDays: 1,
    converged: true,
    problems: [],
  },
  averageValue: 35,
};

/**
 * A company's customers as the read model "purchases" has them: won over three years, four in ten of them come back, a
 * few very often. The same ones each time.
 */
const purchases = `
  select gen_random_uuid(), 'EUR', order_days, value, first, last, order_days, 0, 0, value, round(value / order_days, 2)
    from (
      select first, order_days, first + (case when order_days = 1 then 0 else random() * 0.95 end) * ('2026-01-01' - first) as last,
             round((order_days * (10 + 60 * random()))::numeric, 2) as value
        from (
          select '2023-01-01'::timestamptz + random() * interval '1095 days' as first,
                 1 + floor(case when random() < 0.6 then 0 else exp(-ln(random()) * 0.9) end)::int % 300 as order_days
            from generate_series(1, ${CUSTOMERS})
        ) drawn
    ) customer`;

/** The night's scoring of a million customers: statistics read from PostgreSQL, scores written to it, with their indexes. */
export async function rescoreFigures({ server, rounds, say }: Bench): Promise<Figure[]> {
  const url = await server.database('rescore');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    say(`making ${CUSTOMERS.toLocaleString('en')} customers`);
    const layout = await prepare(client);
    const night = async () => {
      await client.query(`update ${layout.live}.scoring set as_of = as_of + 1`);
      return seconds(() => inTransaction(client, layout, 'shared', () => followScores(client, true)));
    };
    const taken: number[] = [];
    const processed: number[] = [];
    const { rows: backend } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    for (let round = 0; round < rounds; round++) {
      const before = processorTime(backend[0]!.pid);
      say(`scoring them, round ${round + 1} of ${rounds}`);
      taken.push(1_000 * (await night()));
      processed.push(processorTime(backend[0]!.pid) - before);
    }
    say('scoring them once more, for the memory');
    // To look at it takes this process tens of milliseconds each time, in which it scores nobody.
    const watch = new MemoryWatch(() => memoryOf(process.pid, server.pid));
    await night();
    const peak = watch.stop();
    const { rows } = await client.query<{ scored: string }>(
      'select count(*) as scored from retention.scores',
    );
    if (Number(rows[0]?.scored) !== CUSTOMERS)
      throw new Error(`Only ${rows[0]?.scored} customers were scored.`);
    return [
      {
        name: 'a million customers scored, reading and writing PostgreSQL',
        unit: 'ms',
        ours: taken,
        target: { atMost: 15_000 },
      },
      {
        name: 'the same, processor time of Node and its connection together',
        unit: 'ms',
        ours: processed,
      },
      {
        name: 'memory meanwhile, Node and PostgreSQL together',
        unit: 'MB',
        ours: [peak.node + peak.postgres],
        target: { atMost: 1_024 },
      },
    ];
  } finally {
    await client.end();
    await server.drop('rescore');
  }
}

/** Milliseconds of processor time of this process and of a process of the server, on Linux: in ticks of 10 ms there. */
function processorTime(backend: number): number {
  const { user, system } = process.cpuUsage();
  const ticks = readFileSync(`/proc/${backend}/stat`, 'utf8').split(') ').at(-1)!.split(' ').slice(11, 13);
  return (user + system) / 1_000 + ticks.reduce((sum, each) => sum + Number(each) * 10, 0);
}

async function prepare(client: pg.Client): Promise<Layout> {
  const models = new ReadModels(retention);
  const layout = new Layout(models.schema);
  await prepareSchema(client, models);
  await createTables(client, models.schema, models.all);
  await replaceViews(client, models);
  await client.query(`set search_path to ${layout.searchPath}; select setseed(0.5)`);
  await client.query(`insert into purchases ${purchases}`);
  await client.query('analyze purchases');
  await client.query(
    `insert into model (version, fitted_at, as_of, fitted) values (1, '2026-01-01', '2026-01-01', $1)`,
    [JSON.stringify(fitted)],
  );
  await client.query(`insert into scoring (of, as_of, model_version) values ('customers', '2026-01-01', 1)`);
  return layout;
}
