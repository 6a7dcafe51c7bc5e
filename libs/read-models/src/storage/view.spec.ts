import { ReadModelsUnderTest } from '@perennial/testing';
import { ReadModels } from '../read-models.js';
import { shop } from '../testing/shop.models.js';
import { replaceViews, type AnalystView } from './view.js';

const view = (name: string, sql: string, ...columns: string[]): AnalystView => ({
  name,
  comment: `${name} of a test`,
  columns: Object.fromEntries(columns.map((column) => [column, 'a column'])),
  sql,
});

describe('Views for analysts', () => {
  const underTest = new ReadModelsUnderTest(shop);
  beforeAll(() => underTest.open());
  afterAll(() => underTest.close());

  const startWith = async (...views: AnalystView[]) => {
    const client = await underTest.pool.connect();
    try {
      await replaceViews(client, new ReadModels({ ...shop, views }));
    } finally {
      client.release();
    }
  };
  const first = async (sql: string) => (await underTest.pool.query<object>(sql)).rows[0];

  it('are replaced at a start, and those that others made on them stay', async () => {
    await startWith(view('fruit', `select 1, 'pear'`, 'number', 'name'));
    await underTest.pool.query('create view my_fruit as select name from shop.fruit');
    await startWith(view('fruit', `select 2, 'plum', 3`, 'number', 'name', 'size'));
    expect(await first('select * from my_fruit')).toEqual({ name: 'plum' });
    expect(await first('select * from shop.fruit')).toEqual({ number: 2, name: 'plum', size: 3 });
  });

  it('may lose columns; who made a view on them is told which one is in the way, and nothing has changed', async () => {
    await expect(startWith(view('fruit', `select 4`, 'number'))).rejects.toThrow(
      /Drop them, .* view public\.my_fruit depends on view fruit/,
    );
    expect(await first('select * from shop.fruit')).toEqual({ number: 2, name: 'plum', size: 3 });
    await underTest.pool.query('drop view my_fruit');
    await startWith(view('fruit', `select 4`, 'number'));
    expect(await first('select * from shop.fruit')).toEqual({ number: 4 });
  });

  it('may depend on each other the other way round than before', async () => {
    await startWith(view('fruit', `select 5`, 'number'), view('bowl', 'select number from fruit', 'number'));
    await startWith(view('bowl', `select 'full'`, 'state'), view('fruit', 'select state from bowl', 'state'));
    expect(await first('select * from shop.fruit')).toEqual({ state: 'full' });
  });
});
