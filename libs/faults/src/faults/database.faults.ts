import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresJournal, shardOf, VersionConflict } from '@perennial/journal';
import { must, until, type Fault } from '../fault.js';
import { megabytesOf } from '../holdings.js';
import { cannotMount, fill } from './full.disk.js';
import { orderNumber } from './put.events.js';

export const databaseCrashes: Fault = {
  number: 4,
  name: 'database-crashes',
  title: 'PostgreSQL is stopped at once and comes back; then connections are ended in a storm',
  async cause({ system, traffic, choices, history }) {
    await system.postgres.crash();
    await sleep(choices.integer(100, 2_000));
    await system.postgres.start();
    await traffic.flows(300);
    for (let storm = choices.integer(8, 20); storm > 0; storm--) {
      const ended = await system.postgres.terminateConnections().catch(() => 0);
      history.note(`${ended} connections were ended`);
      await sleep(choices.integer(20, 250));
    }
  },
};

/** What a process may hold, in megabytes, however slow the database is. */
const MEMORY = 450;

export const databaseSlow: Fault = {
  number: 13,
  name: 'database-slow',
  title: 'every statement that writes orders takes more than a second, while events keep coming',
  async cause({ system, traffic, seconds, history }) {
    await system.pool.query(`
      create or replace function public.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1.2); return null; end $$;
      create trigger slow after insert or update on retention_tables."order" execute function public.slow()`);
    await traffic.flows(seconds * 120, seconds * 4_000);
    for (const process of system.of('retention')) {
      const megabytes = megabytesOf(process.pid);
      history.note(`${process.name} holds ${Math.round(megabytes)} MB`);
      must(megabytes < MEMORY, `${process.name} holds ${Math.round(megabytes)} MB`);
    }
    await system.pool.query('drop trigger slow on retention_tables."order"; drop function public.slow()');
  },
};

export const diskFull: Fault = {
  number: 15,
  name: 'disk-full',
  title: 'the disk of PostgreSQL fills up; later there is room again',
  alone: {
    disk: { of: 'postgres', megabytes: 260 },
    postgres: { max_wal_size: '64MB', min_wal_size: '32MB' },
  },
  cannot: cannotMount,
  async cause({ system, traffic, history }) {
    const ended = system.postgres.untilEnded();
    const filler = fill(join(system.folder, 'postgres'), 4);
    history.note('the disk is full but for 4 MB');
    const failures = traffic.failures;
    await until('publishers are refused', () => traffic.failures > failures + 5, 90_000);
    const died = await Promise.race([ended.then(() => true), sleep(4_000, false)]);
    history.note(died ? 'PostgreSQL has ended' : 'PostgreSQL refuses to write');
    rmSync(filler);
    history.note('there is room again');
    if (died) await system.postgres.start();
    await traffic.flows(180, 60_000);
  },
};

/** The server's processes: the one that was started, and its children. */
function processesOf(postmaster: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(postmaster)
        );
      } catch {
        return false;
      }
    });
  return [postmaster, ...children.map(Number)];
}

export const diskFails: Fault = {
  number: 16,
  name: 'disk-fails',
  title: 'the disk answers EIO when PostgreSQL asks for what it wrote to be kept',
  cannot: () =>
    spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
      ? undefined
      : 'strace is missing, or not allowed to trace',
  async cause({ system, traffic, seconds, history }) {
    const ended = system.postgres.untilEnded();
    const pids = processesOf(system.postgres.pid).flatMap((pid) => ['-p', String(pid)]);
    const strace = spawn(
      'strace',
      [
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync,fdatasync',
        '-e',
        'inject=fsync,fdatasync:error=EIO',
        ...pids,
      ],
      { stdio: 'ignore' },
    );
    const detached = new Promise((resolve) => strace.once('exit', resolve));
    history.note(`every fsync of ${pids.length / 2} processes fails`);
    const died = await Promise.race([ended.then(() => true), sleep(Math.min(seconds, 6) * 1_000, false)]);
    strace.kill('SIGINT');
    await Promise.race([detached, sleep(5_000)]);
    strace.kill('SIGKILL');
    // Where its recovery met the failing disk, too, it waits for an operator to start it again.
    const answers = !died && (await system.postgres.answers(8_000));
    history.note(answers ? 'PostgreSQL has begun again by itself' : 'PostgreSQL is started again');
    if (!answers) {
      if (!died) await system.postgres.crash();
      await system.postgres.start();
    }
    await traffic.flows(180, 60_000);
  },
};

export const writersRace: Fault = {
  number: 17,
  name: 'writers-race',
  title: 'sixty-four writers want the same versions of streams of one shard, while connections end',
  async cause({ system, traffic, choices, expected, history }) {
    const journals = Array.from({ length: 4 }, () => new PostgresJournal(system.databaseUrl));
    const shard = choices.integer(0, 63);
    const streams: string[] = [];
    while (streams.length < 4) {
      const stream = randomUUID();
      if (shardOf(stream) === shard) streams.push(stream);
    }
    const winners = new Map<string, number>();
    let racing = true;
    const storm = (async () => {
      while (racing) {
        await sleep(150);
        await system.postgres.terminateConnections().catch(() => 0);
      }
    })();
    try {
      await Promise.all(
        Array.from({ length: 64 }, async (_, writer) => {
          const journal = journals[writer % journals.length]!;
          for (let round = 0; round < 5; round++) {
            const stream = streams[(writer + round) % streams.length]!;
            const version = (await insist(() => journal.readStream(stream))).length;
            const event = orderNumber(randomUUID());
            const won = await insist(() =>
              journal.append(stream, version, [event]).then(
                () => true,
                (error: unknown) => {
                  if (error instanceof VersionConflict) return false;
                  throw error;
                },
              ),
            );
            if (won) winners.set(`${stream} ${version}`, (winners.get(`${stream} ${version}`) ?? 0) + 1);
          }
        }),
      );
    } finally {
      racing = false;
      await storm;
      await Promise.all(journals.map((journal) => journal.close()));
    }
    const several = [...winners.values()].filter((count) => count > 1).length;
    must(several === 0, `${several} versions had more than one winner`);
    history.note(`${winners.size} versions, each with one winner`);
    expected.others = (expected.others ?? 0) + winners.size;
    expected.orders = (expected.orders ?? 0) + winners.size;
    await traffic.flows(60);
  },
};

/** The same again until there is an answer, as a writer does whose connection has ended. */
async function insist<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++)
    try {
      return await ask();
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(20 + 10 * attempt);
    }
}
