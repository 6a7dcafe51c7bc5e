import { createWriteStream, createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { acquisition } from '@perennial/acquisition';
import { interactions } from '@perennial/interactions';
import { sealEvents } from '@perennial/privacy';
import {
  ReadModels,
  rebuild,
  Runner,
  type Platform,
  type ReadModelsDefinition,
} from '@perennial/read-models';
import { recommendations } from '@perennial/recommendations';
import { retention } from '@perennial/retention';
import { batches, simulate } from '@perennial/simulator';
import { readEvent, type AnyEvent } from '@perennial/events';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { seconds, type Figure } from './bench.report.js';

const SERVICES: ReadModelsDefinition[] = [acquisition, interactions, retention, recommendations];

/** Fills an empty journal with simulated companies until there are so many events. Answers how many. */
export async function fillJournal({ journal, vault }: Platform, wanted: number): Promise<number> {
  let filled = 0;
  const to = new Date('2026-01-01T00:00:00.000Z');
  for (let seed = 1; filled < wanted; seed++)
    for (const batch of batches(
      simulate({ seed, customers: 2_000, from: new Date('2024-01-01T00:00:00.000Z'), to }),
      5_000,
    )) {
      const events = batch.map((json) => (readEvent(json, to) as { event: AnyEvent }).event);
      const sealed = await sealEvents(vault, events.slice(0, wanted - filled));
      await journal.appendMany(
        sealed.map(({ streamId, event }) => ({ streamId, expectedVersion: 'any' as const, events: [event] })),
      );
      filled += sealed.length;
      if (filled >= wanted) break;
    }
  return filled;
}

/** Milliseconds that the statements of the live path took, by table or step, as their sender saw them. */
export type Statements = Record<string, number>;

function traced(pool: pg.Pool, statements: Statements): pg.Pool {
  return Object.create(pool, {
    connect: {
      value: async (callback?: Parameters<pg.Pool['connect']>[0]) => {
        // The pool's own `query` asks in the old way.
        if (callback) {
          pool.connect(callback);
          return;
        }
        const client = await pool.connect();
        const query = client.query.bind(client) as (...all: unknown[]) => unknown;
        return Object.create(client, {
          query: {
            value: (...all: unknown[]) => {
              const began = performance.now();
              const answer = query(...all);
              const text = ((all[0] as { text?: string }).text ?? String(all[0])).replaceAll(/\s+/g, ' ');
              const name =
                /^(insert into|with fresh|with now_added|copy|delete from|select|begin|commit)[^(]*?(?:"\w+"\."?\w+"?)?/.exec(
                  text,
                )?.[0] ?? text.slice(0, 30);
              if (answer instanceof Promise)
                void answer
                  .then(() => (statements[name] = (statements[name] ?? 0) + performance.now() - began))
                  .catch(() => undefined);
              return answer;
            },
          },
        }) as pg.PoolClient;
      },
    },
  }) as pg.Pool;
}

/** The rows of a service's tables, loaded by COPY from the client into equal tables with equal indexes. */
async function copySeconds(pool: pg.Pool, models: ReadModels): Promise<{ time: number; rows: number }> {
  const client = await pool.connect();
  const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
  let [time, rows] = [0, 0];
  try {
    await client.query('drop schema if exists peer cascade; create schema peer');
    for (const model of models.all) {
      const live = `"${models.schema}_tables"."${model.name}"`;
      const { rows: columns } = await client.query<{ name: string }>(
        `select quote_ident(attname) as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attgenerated = '' and not attisdropped order by attnum`,
        [live],
      );
      const list = columns.map(({ name }) => name).join(', ');
      const file = join(folder, model.name);
      await pipeline(
        client.query(copyTo(`copy (select ${list} from ${live}) to stdout`)),
        createWriteStream(file),
      );
      await client.query(model.create('peer'));
      for (const statement of model.index('peer')) await client.query(statement);
      time += await seconds(() =>
        pipeline(
          createReadStream(file, { highWaterMark: 1 << 18 }),
          client.query(copyFrom(`copy peer."${model.name}" (${list}) from stdin`)),
        ),
      );
      const { rows: counted } = await client.query<{ n: string }>(
        `select count(*) as n from peer."${model.name}"`,
      );
      rows += Number(counted[0]?.n);
    }
    await client.query('drop schema peer cascade');
  } finally {
    client.release();
    rmSync(folder, { recursive: true, force: true });
  }
  return { time, rows };
}

export interface ServiceResult {
  figures: Figure[];
  /** Where the time of the live projection went. */
  statements: Record<string, Statements>;
}

/** Each service: live from an empty database to the journal's end, then rebuilt, beside COPY of the rows that came out. */
export async function projections(platform: Platform): Promise<ServiceResult> {
  const result: ServiceResult = { figures: [], statements: {} };
  for (const definition of SERVICES) {
    const models = new ReadModels(definition);
    const { database, journal, opener } = platform;
    await database.query(
      `drop schema if exists ${models.schema} cascade; drop schema if exists ${models.schema}_tables cascade`,
    );
    const statements: Statements = {};
    const runner = new Runner({
      models,
      pool: traced(database, statements),
      journal,
      stream: platform.consumer(models.schema),
      opener,
      rebuildFrom: Infinity,
    });
    const backlog = (await journal.heads()).reduce((sum, { position }) => sum + position, 0);
    const live = await seconds(async () => {
      await runner.start();
      await runner.caughtUp(3_600_000);
    });
    await runner.stop();
    const peers = [await copySeconds(database, models)];
    const rebuilt = await seconds(() =>
      rebuild(
        { models, pool: database, journal, opener },
        models.all.map(({ name }) => name),
      ),
    );
    peers.push(await copySeconds(database, models));
    const times = peers.map(({ time }) => time);
    const copied = times.reduce((sum, time) => sum + time, 0) / times.length;
    const figure = (name: string, took: number, least: number): Figure => ({
      name: `${models.schema}: ${name}`,
      unit: 'events/s',
      ours: backlog / took,
      peer: { name: `COPY of its ${peers[0]!.rows.toLocaleString('en')} rows`, value: backlog / copied },
      ratio: copied / took,
      spread: [Math.min(...times) / took, Math.max(...times) / took],
      target: { at: 'least', value: least },
    });
    result.figures.push(figure('live projection', live, 0.4), figure('full rebuild', rebuilt, 0.7));
    result.statements[models.schema] = Object.fromEntries(
      Object.entries(statements)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 8)
        .map(([name, milliseconds]) => [name, Math.round(milliseconds)]),
    );
  }
  return result;
}
