import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { StandaloneError } from './data-folder.js';
import { startStandalone, type Standalone, type StandaloneOptions } from './standalone.js';

const order = (id: string) => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type: 'order.placed',
  subject: 'user:ann',
  time: '2026-03-01T12:00:00Z',
  data: {
    orderId: id,
    total: { amount: '12.50', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '12.50', currency: 'EUR' } }],
  },
});

describe('a standalone', () => {
  let data: string;
  const running: Standalone[] = [];
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'perennial-standalone-'));
    chmodSync(data, 0o755);
  });
  afterEach(async () => {
    for (const standalone of running.splice(0)) await standalone.stop();
    rmSync(data, { recursive: true, force: true });
  });
  const start = async (options: Partial<StandaloneOptions> = {}) => {
    const standalone = await startStandalone({ data, port: 0, sample: false, ...options });
    running.push(standalone);
    return standalone;
  };
  const send = async ({ url }: Standalone, ...events: object[]) => {
    const response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    });
    return (await response.json()) as { accepted: number; duplicates: number };
  };
  const summary = async ({ analystUrl }: Standalone) => {
    const analyst = new pg.Client({ connectionString: analystUrl });
    await analyst.connect();
    try {
      return (
        await analyst.query<{ orders: string; revenue: string }>(
          'select sum(orders) as orders, sum(revenue) as revenue from retention.purchases',
        )
      ).rows[0];
    } finally {
      await analyst.end();
    }
  };

  it('takes events in and shows analysts what follows; the next start knows them still', async () => {
    const first = await start();
    expect(await send(first, order('A-1'), order('A-2'), order('A-1'))).toMatchObject({
      accepted: 2,
      duplicates: 1,
    });
    await first.caughtUp();
    expect(await summary(first)).toEqual({ orders: '2', revenue: '25.00' });
    await running.pop()!.stop();
    const began = Date.now();
    const second = await start();
    expect(Date.now() - began).toBeLessThan(30_000);
    await second.caughtUp();
    expect(await send(second, order('A-2'))).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await summary(second)).toEqual({ orders: '2', revenue: '25.00' });
    expect(second.analystUrl).toBe(first.analystUrl);
  });

  it('lets analysts read only, and sees to it that they see no tables', async () => {
    const { analystUrl } = await start();
    const analyst = new pg.Client({ connectionString: analystUrl });
    await analyst.connect();
    await expect(analyst.query('create table mine (one int)')).rejects.toThrow(/read-only|permission denied/);
    await analyst.query('set default_transaction_read_only to off');
    await expect(analyst.query('create table mine (one int)')).rejects.toThrow(/permission denied/);
    await expect(analyst.query('select * from journal.event')).rejects.toThrow(/permission denied/);
    await expect(analyst.query('select * from vault.subject_key')).rejects.toThrow(/permission denied/);
    await expect(analyst.query('select * from retention_tables.purchases')).rejects.toThrow(
      /permission denied/,
    );
    const { rows } = await analyst.query<{ uncommented: string }>(
      `select format('%I.%I.%I', c.table_schema, c.table_name, c.column_name) as uncommented from information_schema.columns c
        where c.table_schema in ('acquisition', 'interactions', 'retention', 'recommendations')
          and (col_description(format('%I.%I', c.table_schema, c.table_name)::regclass, c.ordinal_position) is null
            or obj_description(format('%I.%I', c.table_schema, c.table_name)::regclass) is null)`,
    );
    expect(rows).toEqual([]);
    await analyst.end();
  });

  it('runs once on a folder, and says where', async () => {
    const { url } = await start();
    // The same process would be let in; another one's id stands for another process.
    writeFileSync(join(data, 'standalone.json'), JSON.stringify({ url, pid: process.ppid }));
    await expect(startStandalone({ data, port: 0, sample: false })).rejects.toThrow(
      `running on ${data} already, at ${url}`,
    );
  });

  it('says what to do when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(
      `Port ${port} is in use. Stop the program that listens there, or choose another with --port.`,
    );
    other.close();
    // Nothing is left behind: the next start works.
    await start();
  });

  it('says what to do with data of a newer version', async () => {
    await (await start()).stop();
    running.splice(0);
    writeFileSync(join(data, 'format'), '99\n');
    await expect(start()).rejects.toThrow(/newer Perennial/);
    await expect(start()).rejects.toThrow(StandaloneError);
  });

  it('makes no other master key when it is missing: the old one alone opens the data', async () => {
    await (await start()).stop();
    running.splice(0);
    const key = join(data, 'master.key');
    const kept = readFileSync(key);
    rmSync(key);
    await expect(start()).rejects.toThrow('master.key is missing');
    writeFileSync(key, kept);
    await start();
  });

  describe('whose master key is changed', () => {
    const masterKey = () => readFileSync(join(data, 'master.key'), 'utf8');

    it('opens everything with the new one, and nothing with the one before', async () => {
      const before = await start();
      await send(before, order('A-1'));
      await before.stop();
      const former = masterKey();

      const changed = await start({ renewMasterKey: true });
      expect(changed.rekeyed?.rewrapped).toBeGreaterThan(0);
      expect(masterKey()).not.toBe(former);
      expect(readFileSync(changed.rekeyed!.formerKey, 'utf8')).toBe(former);
      // The subject has the same id, and the same key
      expect(await send(changed, order('A-1'), order('A-2'))).toMatchObject({ accepted: 1, duplicates: 1 });
      await changed.stop();

      const next = await start();
      expect(next.rekeyed).toBeUndefined();
      await next.stop();
      running.splice(0);
      writeFileSync(join(data, 'master.key'), former);
      await expect(start()).rejects.toThrow('MASTER_KEY: This master key does not open this vault.');
    });

    it('ends at the next start what was cut off', async () => {
      const before = await start();
      await send(before, order('A-1'));
      await before.stop();
      // Given a change that was killed before it wrapped anything
      writeFileSync(join(data, 'master.key.former'), masterKey());
      writeFileSync(join(data, 'master.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
      const after = await start();
      expect(after.rekeyed?.rewrapped).toBeGreaterThan(0);
      expect(await send(after, order('A-1'))).toMatchObject({ duplicates: 1 });
    });
  });

  it('notices when its database ends', async () => {
    const standalone = await start();
    const pid = Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    expect((await standalone.broken).message).toContain('The database has ended');
  });
});
