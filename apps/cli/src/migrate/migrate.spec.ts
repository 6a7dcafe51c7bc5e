import { jest } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcquisitionModule } from '@perennial/acquisition';
import { CollectorModule } from '@perennial/collector';
import { createHost, openPlatform, RunnerRegistry, type Platform } from '@perennial/read-models';
import { RetentionModule } from '@perennial/retention';
import { listen, Log, ServiceSettings, settings } from '@perennial/service';
import { simulate } from '@perennial/simulator';
import { startStandalone } from '@perennial/standalone';
import { freePorts, testDatabase, type TestDatabase } from '@perennial/testing';
import pg from 'pg';
import { run } from '../program.js';
import { move } from './migrate.run.js';

const SIMULATED = [
  ...simulate({ seed: 'moving house', customers: 30, to: new Date('2026-10-01T00:00:00Z') }),
];

const send = async (url: string, body: string) => {
  const response = await fetch(`${url}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body,
  });
  return (await response.json()) as { accepted: number; duplicates: number; rejected: object[] };
};

/** What analysts see of customers and their purchases, whatever the sequence. */
const seen = async (url: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const rows = async (view: string) =>
    (await client.query<{ row: string }>(`select t::text as row from ${view} t order by 1`)).rows.map(
      ({ row }) => row,
    );
  const found = {
    customers: await rows('acquisition.customers'),
    purchases: await rows('retention.purchases'),
  };
  await client.end();
  return found;
};

describe('a standalone that is moved', () => {
  let data: string;
  let database: TestDatabase;
  let before: Awaited<ReturnType<typeof seen>>;
  let events: number;
  let written: string;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'perennial-moved-'));
    chmodSync(data, 0o755);
    database = await testDatabase();
    const standalone = await startStandalone({ data, port: 0, sample: false });
    await send(standalone.url, JSON.stringify(SIMULATED));
    await send(standalone.url, JSON.stringify([{ ...SIMULATED[0], id: 'bad', type: 'no.such.type' }]));
    await standalone.caughtUp();
    before = await seen(standalone.databaseUrl);
    const client = new pg.Client({ connectionString: standalone.databaseUrl });
    await client.connect();
    events = Number(
      (await client.query<{ n: string }>('select count(*) as n from journal.event')).rows[0]!.n,
    );
    await client.end();
    await standalone.stop();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(data, { recursive: true, force: true });
  });
  beforeEach(() => {
    written = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written += String(text))));
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written += String(text))));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const migrate = (...more: string[]) =>
    run(['migrate', '--data', data, '--to-journal', database.url, '--to-database', database.url, ...more]);

  it('is cut off in the middle, goes on, and says that nothing is missing', async () => {
    const { openStandaloneDatabase } = await import('@perennial/standalone');
    const source = await openStandaloneDatabase(data);
    const cut = new AbortController();
    const engines = (url: string) => ({ journalUrl: url, databaseUrl: url, vaultUrl: url });
    await expect(
      move(engines(source.url), engines(database.url), cut.signal, () => cut.abort(new Error('cut off'))),
    ).rejects.toThrow('cut off');
    await source.stop();

    expect(await migrate('--json')).toBe(0);
    expect(JSON.parse(written)).toMatchObject({
      events,
      samePositions: true,
      rows: { 'collector.rejected': 1, 'vault.secret': expect.any(Number) as number },
    });
    // A third time there is nothing left to do.
    written = '';
    expect(await migrate()).toBe(0);
    expect(written).toContain('none is missing');
  });

  it('is the same there: the services compute the same read models, and know everything that was sent', async () => {
    const platform: Platform = await openPlatform({
      journalUrl: database.url,
      streamUrl: database.url,
      databaseUrl: database.url,
      vaultUrl: database.url,
      masterKey: readFileSync(join(data, 'master.key'), 'utf8').trim(),
    });
    const app = await createHost(
      [CollectorModule, AcquisitionModule, RetentionModule],
      platform,
      settings(ServiceSettings, { PORT: '0' }),
      new Log({ service: 'test', destination: { write: () => undefined } }),
    );
    await app.startAllMicroservices();
    const url = await listen(app);
    await app.get(RunnerRegistry).caughtUp();
    expect(await seen(database.url)).toEqual(before);
    expect(before.purchases.length).toBeGreaterThan(20);
    expect(await send(url, JSON.stringify(SIMULATED))).toEqual({
      accepted: 0,
      duplicates: SIMULATED.length,
      rejected: [],
    });
    const { rows } = await platform.database.query<{ n: string }>('select count(*) as n from journal.event');
    // Nothing was decided anew.
    expect(Number(rows[0]!.n)).toBe(events);
    await app.close();
    await platform.close();
  });

  it('is refused where another system lives', async () => {
    const other = await testDatabase();
    const platform = await openPlatform({
      journalUrl: other.url,
      streamUrl: other.url,
      databaseUrl: other.url,
      vaultUrl: other.url,
      masterKey: readFileSync(join(data, 'master.key'), 'utf8').trim(),
    });
    platform.vault.subjectIdOf('user:somebody');
    await platform.close();
    expect(
      await run(['migrate', '--data', data, '--to-journal', other.url, '--to-database', other.url]),
    ).toBe(1);
    expect(written).toContain('has secrets of its own');
    await other.drop();
  });

  it('is refused where there is none', async () => {
    expect(
      await run([
        'migrate',
        '--data',
        join(data, 'nowhere'),
        '--to-journal',
        database.url,
        '--to-database',
        database.url,
      ]),
    ).toBe(78);
    expect(written).toContain('There is no standalone in');
  });

  it.each([
    [
      'away',
      (port: number) => `postgres://perennial@127.0.0.1:${port}/a`,
      69,
      /can't be reached \(connect ECONNREFUSED/,
    ],
    ['of no known kind', () => 'mysql://there/a', 78, /JOURNAL_URL/],
  ])('is refused, in a sentence, where an engine is %s', async (_, url, code, sentence) => {
    const [port] = await freePorts(1);
    const engines = ['--from-journal', database.url, '--from-database', database.url];
    const to = url(port!);
    expect(await run(['migrate', ...engines, '--to-journal', to, '--to-database', to])).toBe(code);
    expect(written).toMatch(sentence);
    expect(written).not.toMatch(/\n +at /);
  });

  it('is refused, in a sentence, by a server that has no such database', async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    const engines = ['--from-journal', database.url, '--from-database', database.url];
    expect(await run(['migrate', ...engines, '--to-journal', url.href, '--to-database', url.href])).toBe(78);
    expect(written).toMatch(/"nowhere" does not exist\).*Look at the --from and --to options/);
  });
});
