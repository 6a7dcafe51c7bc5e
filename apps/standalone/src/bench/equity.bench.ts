import { inTransaction } from '@perennial/read-models';
import { DIMENSIONS, EquityController, followScores, retention } from '@perennial/retention';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';
import { CUSTOMERS, identify, order, prepare } from './rescore.bench.js';
import { seconds } from './stopwatch.bench.js';

/** What is asked of the equity of a million customers, by the routes' own code, each by itself. */
export async function equityFigures({ server, rounds, say }: Bench): Promise<Figure[]> {
  const url = await server.database('equity');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const reader = new DataSource({
    type: 'postgres',
    url,
    poolSize: 2,
    extra: { options: `-c search_path=${retention.schema}` },
  });
  await reader.initialize();
  try {
    say(`making ${CUSTOMERS.toLocaleString('en')} customers`);
    const layout = await prepare(client);
    await client.query(identify);
    await client.query(order);
    say('scoring them');
    await client.query(`update ${layout.live}.scoring set as_of = as_of + 1`);
    await inTransaction(client, layout, 'shared', () => followScores(client, true));
    await client.query('analyze');
    const equity = new EquityController(reader, pool);
    const dimensions = Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[];
    const routes: [name: string, ask: () => Promise<unknown>][] = [
      ['equity of a million customers', () => equity.equity()],
      ...dimensions.map((by): [string, () => Promise<unknown>] => [
        `its parts by ${by}`,
        () => equity.parts({ by }),
      ]),
      ['its levers', () => equity.levers()],
      ['its change in a quarter', () => equity.change({ from: '2025-10-01', to: '2025-12-31' })],
    ];
    const figures: Figure[] = [];
    for (const [name, ask] of routes) {
      say(name);
      const ours: number[] = [];
      for (let round = 0; round < rounds; round++) ours.push(1_000 * (await seconds(ask)));
      figures.push({ name, unit: 'ms', ours });
    }
    return figures;
  } finally {
    await reader.destroy();
    await pool.end();
    await client.end();
    await server.drop('equity');
  }
}
