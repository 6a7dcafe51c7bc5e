import { readFileSync } from 'node:fs';
import { acquisition } from '@perennial/acquisition';
import { interactions } from '@perennial/interactions';
import { dataDictionary } from '@perennial/read-models';
import { recommendations } from '@perennial/recommendations';
import { retention } from '@perennial/retention';
import { testDatabase } from '@perennial/testing';
import pg from 'pg';

const page = new URL('../../../docs/data-dictionary.md', import.meta.url);

async function generated(): Promise<string> {
  const database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await dataDictionary(client, [acquisition, interactions, retention, recommendations]);
  } finally {
    await client.end();
    await database.drop();
  }
}

it('is as the read models say; "npm run generate" makes it so', async () => {
  const text = await generated();
  expect(readFileSync(page, 'utf8')).toBe(text);
  // A description that is missing would stand there as nothing.
  expect(text).not.toMatch(/\| +\|/);
});
