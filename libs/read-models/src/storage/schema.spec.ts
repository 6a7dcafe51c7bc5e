import { SettingsError } from '@perennial/service';
import { ReadModelsUnderTest } from '@perennial/testing';
import type pg from 'pg';
import { ReadModels } from '../read-models.js';
import { shop } from '../testing/shop.models.js';
import { expectServer, prepareSchema } from './schema.js';

const serverOf = (version: string) => ({
  query: (() =>
    Promise.resolve({ rows: [{ server_version: version }] })) as unknown as pg.ClientBase['query'],
});

describe('a server of read models', () => {
  it.each(['18.4', '18beta1', '19.0 (Debian 19.0-1)'])('may be PostgreSQL %s', (version) =>
    expect(expectServer(serverOf(version))).resolves.toBeUndefined(),
  );

  it.each(['17.6', '9.6.24'])('is refused if it is PostgreSQL %s', (version) =>
    expect(expectServer(serverOf(version))).rejects.toThrow(
      new SettingsError([
        `DATABASE_URL: This is PostgreSQL ${version}; read models need PostgreSQL 18 or later.`,
      ]),
    ),
  );
});

describe('A start', () => {
  const memory = {
    name: 'answered',
    comment: 'What was answered.',
    columns: 'id integer, day date',
    indexes: [['day']],
  };
  const policy = { name: 'answers', on: [], remembers: [memory], decide: async () => [] };
  const definition = { ...shop, policies: [policy] };
  const underTest = new ReadModelsUnderTest(definition);
  beforeAll(() => underTest.open());
  afterAll(() => underTest.close());

  it('waits for no batch that is under way, and keeps it from nothing, where all is there', async () => {
    const [batch, starting] = [await underTest.pool.connect(), await underTest.pool.connect()];
    try {
      await batch.query('begin');
      await batch.query('update shop_tables.cursor set position = position + 1');
      await batch.query('insert into shop_tables.answered values (1)');
      await starting.query(`set lock_timeout = '1s'`);
      await prepareSchema(starting, new ReadModels(definition));
    } finally {
      await batch.query('rollback');
      batch.release();
      starting.release(true);
    }
  });
});
