import { testDatabase } from '@perennial/testing';

it('serves a test an empty database', async () => {
  const database = await testDatabase();
  const { rows } = await database.pool.query<{ one: number }>('select 1 as one');
  expect(rows).toEqual([{ one: 1 }]);
  await database.drop();
});
