import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { Service, ServiceSettings, settings } from '@perennial/service';
import { asNewEvent, event, subjectIdOf, testDatabase, type TestDatabase } from '@perennial/testing';
import { shop } from '../testing/shop.models.js';
import { createHost } from './host.js';
import { Operations } from './operations.js';
import { openPlatform } from './platform.js';
import { ReadModelsModule } from './read-models.module.js';

/** With a policy, a new service is built from a journal that has events instead of being led through them. */
const observed = { ...shop, policies: [{ name: 'observer', on: [], decide: async () => [] }] };

@Service({ name: 'shop', description: 'A shop.' })
@Module({ imports: [ReadModelsModule.of(observed)] })
class ShopModule {}

let database: TestDatabase;
beforeEach(async () => (database = await testDatabase()));
afterEach(() => database.drop());

/** What the status and the analysts' view say of when read models were brought up to date last. */
async function updatedAt(given: 'nothing' | 'a visit'): Promise<unknown[]> {
  const { url, pool } = database;
  const masterKey = randomBytes(32).toString('base64');
  const platform = await openPlatform({
    journalUrl: url,
    streamUrl: url,
    databaseUrl: url,
    vaultUrl: url,
    masterKey,
  });
  const seen = event('page.viewed', 'user:ann', { path: '/' });
  if (given === 'a visit')
    await platform.journal.append(subjectIdOf(seen.subject), 'any', [asNewEvent(seen)]);
  const app = await createHost([ShopModule], platform, settings(ServiceSettings, { LOG_LEVEL: 'silent' }));
  await app.startAllMicroservices();
  const { readModels } = await app.get(Operations).status(0);
  // The last look, for the analysts' view, is taken while stopping.
  await app.close();
  await platform.close();
  const { rows } = await pool.query<{ updated_at: Date | null }>('select updated_at from shop.freshness');
  return [...readModels.map((model) => model.updatedAt), ...rows.map(({ updated_at }) => updated_at)];
}

describe('when a read model was brought up to date', () => {
  it('is told of one that a start built from the journal', async () => {
    const before = Date.now() - 1_000;
    for (const moment of await updatedAt('a visit'))
      expect(new Date(String(moment)).getTime()).toBeGreaterThan(before);
  });

  it('is never, before the first event', async () => {
    for (const moment of await updatedAt('nothing')) expect(moment).toBeNull();
  });
});
