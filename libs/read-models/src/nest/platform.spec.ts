import { randomBytes } from 'node:crypto';
import { Service, ServiceSettings, settings, SettingsError } from '@perennial/service';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import { Module } from '@nestjs/common';
import { shop } from '../testing/shop.models.js';
import { createHost } from './host.js';
import { openPlatform } from './platform.js';
import { ReadModelsModule } from './read-models.module.js';

@Service({ name: 'shop', description: 'A shop.' })
@Module({ imports: [ReadModelsModule.of(shop)] })
class ShopModule {}

let database: TestDatabase;
const masterKey = randomBytes(32).toString('base64');
const opened = ({ url }: TestDatabase, streamUrl = url) =>
  openPlatform({ journalUrl: url, streamUrl, databaseUrl: url, vaultUrl: url, masterKey });

/** What is still connected on behalf of a platform. */
const connected = async () => {
  const { rows } = await database.pool.query<{ application_name: string }>(
    `select application_name from pg_stat_activity
      where datname = current_database() and application_name like 'perennial %' and pid <> pg_backend_pid()`,
  );
  return rows.map(({ application_name }) => application_name);
};

/** A connection that was ended is seen for some milliseconds more. */
async function expectNobodyConnected(): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until && (await connected()).length > 0;)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await connected()).toEqual([]);
}

beforeAll(async () => (database = await testDatabase()));
afterAll(() => database.drop());

describe('a platform', () => {
  it('closes everything, also what comes after something that can not be closed', async () => {
    const platform = await opened(database);
    await platform.database.query('select 1');
    expect(await connected()).not.toEqual([]);
    const { journal } = platform;
    const closed = journal.close.bind(journal);
    journal.close = async () => {
      await closed();
      throw new Error('the journal can not be closed');
    };
    await expect(platform.close()).rejects.toThrow('the journal can not be closed');
    await expectNobodyConnected();
  });

  it('leaves nothing open when it can not be opened', async () => {
    const streamUrl = Object.assign(new URL(database.url), { pathname: '/there_is_none' }).toString();
    await expect(opened(database, streamUrl)).rejects.toThrow('does not exist');
    await expectNobodyConnected();
  });

  it('says in a sentence that the master key is another vault’s', async () => {
    const { url } = database;
    const other = randomBytes(32).toString('hex');
    await expect(
      openPlatform({ journalUrl: url, streamUrl: url, databaseUrl: url, vaultUrl: url, masterKey: other }),
    ).rejects.toThrow(new SettingsError(['MASTER_KEY: This master key does not open this vault.']));
  });
});

describe('a service that is told to stop while it starts', () => {
  it('gives back the shards that it was about to take', async () => {
    const platform = await opened(database);
    const own = settings(ServiceSettings, { PORT: '0', LOG_LEVEL: 'silent' });
    const app = await createHost([ShopModule], platform, own);
    const started = app.startAllMicroservices();
    await app.close();
    await started;
    const { rows } = await database.pool.query('select member_id from stream.member');
    expect(rows).toEqual([]);
    await platform.close();
  });
});
