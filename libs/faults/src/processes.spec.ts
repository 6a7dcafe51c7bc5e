import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@perennial/testing';
import { until } from './fault.js';
import { History } from './history.js';
import { judge } from './oracle.js';
import { System } from './system/system.js';
import { Traffic, type PublishedEvent } from './traffic.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = (script: string, ...given: string[]) => [join(root, 'apps/cli/bin', script), ...given];

/** Processes run what was built. */
beforeAll(() => {
  const built = spawnSync(process.execPath, program('prepare.mjs', '--build'), { encoding: 'utf8' });
  expect(built.stderr + built.stdout).not.toMatch(/failed|error/i);
}, 180_000);

describe('a service that is started by itself', () => {
  const start = (service: string, environment: Record<string, string> = {}) =>
    spawnSync(process.execPath, program('service.mjs', service), {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...environment },
    });

  it.each(['acquisition', 'collector', 'interactions', 'recommendations', 'retention', 'standalone'])(
    'says what its settings lack and exits with 78: %s',
    (service) => {
      const { status, stderr } = start(service, { PORT: 'many' });
      expect(stderr).toMatch(/PORT must be an integer number.*|JOURNAL_URL must be an address/);
      expect(stderr).toContain('MASTER_KEY');
      expect(status).toBe(78);
    },
  );

  it('refuses to be open to other machines without keys', () => {
    const { status, stderr } = start('console', { HOST: '0.0.0.0', PORT: '0' });
    expect(stderr).toContain('set TOKEN_SECRET or TOKEN_ISSUERS');
    expect(status).toBe(78);
  });

  it('says in one sentence that its database is away, and exits with 69', async () => {
    const [port] = await freePorts(1);
    const url = `postgres://perennial:secret@127.0.0.1:${port}/perennial`;
    const urls = { JOURNAL_URL: url, STREAM_URL: url, DATABASE_URL: url };
    const { status, stderr, stdout } = start('retention', {
      ...urls,
      MASTER_KEY: 'ab'.repeat(32),
      PORT: '0',
    });
    expect(stderr).toMatch(
      /^The database of JOURNAL_URL can't be reached \(.*ECONNREFUSED.*\): does it run\?\n$/,
    );
    expect(stdout).toBe('');
    expect(status).toBe(69);
  });

  describe('where an engine accepts connections and says nothing', () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    let port = 0;
    beforeAll(async () => {
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      ({ port } = silent.address() as AddressInfo);
    });
    afterAll(() => silent.close());
    const starting = () => {
      const url = `postgres://perennial@127.0.0.1:${port}/perennial`;
      const urls = { JOURNAL_URL: url, STREAM_URL: url, DATABASE_URL: url };
      return spawn(process.execPath, program('service.mjs', 'retention'), {
        env: { PATH: process.env.PATH, ...urls, MASTER_KEY: 'ab'.repeat(32), PORT: '0' },
      });
    };

    it('does not wait for ever', async () => {
      const child = starting();
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      expect(await once(child, 'exit')).toEqual([69, null]);
      expect(said).toMatch(/^The database of JOURNAL_URL can't be reached \(.*\): does it run\?\n$/);
    });

    it('ends when it is told to, though there is nothing to stop yet', async () => {
      const child = starting();
      await once(silent, 'connection');
      child.kill('SIGTERM');
      // As the first process of a container it would not be ended by a signal that it does not hear.
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
  });

  it('says which services there are', () => {
    const { status, stderr } = start('retentoin');
    expect(stderr).toMatch(/acquisition \| collector .* \(not "retentoin"\)/);
    expect(status).toBe(64);
  });
});

describe('programs that run outside of the tests', () => {
  it.each(['libs/faults/bin/faults.mjs', 'apps/standalone/bin/bench.mjs'])('can be loaded: %s', (path) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, path), '--help'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^npm run \w+ -- \[options\]/);
    expect(status).toBe(0);
  });
});

describe('several processes of one service', () => {
  let folder: string;
  let system: System;
  let traffic: Traffic;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perennial-processes-'));
    chmodSync(folder, 0o755);
    system = await System.start({
      folder,
      history: new History(join(folder, 'history.log')),
      replicas: { collector: 1, acquisition: 1, retention: 1 },
      stream: 'postgres',
    });
    traffic = new Traffic(system);
    traffic.play('processes', { chance: () => false });
  }, 180_000);

  afterAll(async () => {
    await traffic?.stop();
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const epochs = async () => {
    const { rows } = await system.pool.query<{ epoch: string }>(
      'select epoch from retention_tables.cursor order by shard',
    );
    return rows.map(({ epoch }) => Number(epoch));
  };
  const members = async () => {
    const { rows } = await system.pool.query<{ members: string }>(
      `select count(*) as members from stream.member where group_name = 'retention'`,
    );
    return Number(rows[0]?.members);
  };

  it('share the shards while they come and go, and end as one that was always alone', async () => {
    await traffic.flows(200);
    const before = await epochs();
    const [second, third] = [await system.add('retention'), await system.add('retention')];
    await traffic.flows(200);
    expect(await members()).toBe(3);
    // Each of the three holds a third, so two thirds have been claimed by somebody else.
    const after = await epochs();
    expect(after.filter((epoch, shard) => epoch > before[shard]!).length).toBeGreaterThan(40);
    expect(await system.remove(second)).toBe(0);
    await traffic.flows(200);
    expect(await system.remove(third)).toBe(0);
    await traffic.flows(100);
    expect(await members()).toBe(1);
    await traffic.stop();
    expect((await judge(system, traffic, {})).faults).toEqual([]);
  }, 240_000);

  it('drain on SIGTERM: not ready, then given back at once, not when others have waited long enough', async () => {
    const second = await system.add('retention');
    await until('two share', async () => (await members()) === 2, 60_000);
    expect(await system.remove(second)).toBe(0);
    // Given back: others would have waited ten times as long as it lived without a word.
    expect(await members()).toBe(1);
    const text = second.output.join('\n');
    expect(text.indexOf('SIGTERM: stopping')).toBeGreaterThan(0);
    expect(text.indexOf('"stopped"')).toBeGreaterThan(text.indexOf('SIGTERM: stopping'));
  });

  it('start though others stand still in the middle of their start, holding what only one may hold', async () => {
    const standing = await Promise.all(
      [
        ['collector', '', 'create schema if not exists collector'],
        ['retention', '', 'create schema if not exists journal'],
        ['acquisition', 'read models', '^commit$'],
        ['retention', 'stream', '^commit$'],
      ].map(([service, application, query]) =>
        system.add(service as 'collector', {
          trap: { application: application!, query: query!, when: 'before', time: 1, signal: 'SIGSTOP' },
        }),
      ),
    );
    const asked = Date.now();
    const others = ['collector', 'acquisition', 'retention'] as const;
    const added = await Promise.all(others.map((service) => system.add(service)));
    // One after the other they wait ten seconds at most; without that they would for ever.
    expect(Date.now() - asked).toBeLessThan(120_000);
    for (const process of added) expect(await system.remove(process)).toBe(0);
    for (const process of standing) {
      process.signal('SIGCONT');
      await system.remove(process);
    }
  }, 300_000);

  it('say that they live, and take events in, while Kafka hangs; and tell why nothing is read', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const collector = await system.add('collector', {
      environment: { STREAM_URL: `kafka://127.0.0.1:${port}` },
    });
    const lines = collector.output.join('\n');
    expect(lines.indexOf('starting without Kafka')).toBeGreaterThan(lines.indexOf('listening on'));
    expect(await collector.isReady()).toBe(true);
    const problems = async () => {
      const answer = await fetch(`${collector.url}/api/operations/status`);
      return ((await answer.json()) as { problems: Record<string, string> }).problems;
    };
    await until('both say why', async () => Object.keys(await problems()).length === 2, 60_000);
    for (const problem of Object.values(await problems())) expect(problem).toMatch(/^Kafka .* does it /);
    expect(await system.remove(collector)).toBe(0);
    silent.close();
  }, 120_000);

  it('are told of when one ends by itself, though it is started again', async () => {
    const [only] = system.of('acquisition');
    only?.signal('SIGTERM');
    await only?.ended;
    await until('another listens', () => system.of('acquisition').some(({ url }) => url), 90_000);
    expect(system.takeFallen()).toEqual([
      expect.stringContaining(`${only?.name} has ended by itself (code 0)`),
    ]);
    expect(system.takeFallen()).toEqual([]);
  }, 120_000);

  it('leave logs without personal data and keys', () => {
    const logs = readdirSync(join(folder, 'logs')).map((log) =>
      readFileSync(join(folder, 'logs', log), 'utf8'),
    );
    expect(logs.length).toBeGreaterThan(3);
    const secrets = new Set([system.masterKey, ...[...traffic.sent.values()].flatMap(namesOf)]);
    expect(secrets.size).toBeGreaterThan(50);
    for (const secret of secrets) for (const log of logs) expect(log.includes(secret) ? secret : '').toBe('');
  });
});

/** What in an event names a person: its subject, and addresses wherever they are. */
const namesOf = ({ subject = '', data }: PublishedEvent) => [
  ...(/^(user|email|card|anonymous):/.test(subject) ? [subject.slice(subject.indexOf(':') + 1)] : []),
  ...(JSON.stringify(data).match(/[\w.+-]+@[\w.-]+/g) ?? []),
];
