import { testDatabase, type TestDatabase } from '@perennial/testing';
import pg from 'pg';
import { copied } from './copy.query.js';
import { inOrder } from './in-order.js';

const LOAD = 'copy thing from stdin (format text)';
const lines = (...numbers: number[]) => [Buffer.from(numbers.map((number) => `${number}\n`).join(''))];

describe.each([{ pipeline: true }, { pipeline: false }])('A load, with %o', ({ pipeline }) => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    client = await new pg.Client({ connectionString: database.url, pipeline }).connect();
    await client.query('create table thing (number integer primary key)');
  });
  afterEach(async () => {
    await client.query('drop table thing');
    await client.end();
  });

  const things = async () =>
    (await client.query<{ number: number }>('select number from thing order by number')).rows.map(
      ({ number }) => number,
    );

  it('takes its rows in as many pieces as there are', async () => {
    await copied(client, LOAD, [...lines(1, 2), Buffer.from('3'), Buffer.from('3\n')]);
    expect(await things()).toEqual([1, 2, 33]);
  });

  it('may be of no rows', async () => {
    await copied(client, LOAD, []);
    expect(await things()).toEqual([]);
  });

  it('that the server does not take fails, and the connection serves what comes after', async () => {
    await expect(copied(client, 'copy nothing from stdin', lines(1, 2))).rejects.toThrow(
      'relation "nothing" does not exist',
    );
    expect(await things()).toEqual([]);
  });

  it('with a row that the server refuses fails as a whole, and the connection serves what comes after', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => index);
    await expect(copied(client, LOAD, [...lines(7, 7), ...lines(...many)])).rejects.toMatchObject({
      code: '23505',
    });
    expect(await things()).toEqual([]);
  });

  it('fails where the connection is gone', async () => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    client.on('error', () => undefined);
    const waiting = client.query('select pg_sleep(30)');
    const load = copied(client, LOAD, lines(1));
    const both = Promise.allSettled([waiting, load]);
    await database.pool.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    client = await new pg.Client({ connectionString: database.url, pipeline }).connect();
  });
});

describe.each([{ pipeline: true }, { pipeline: false }])('Statements in order, with %o', ({ pipeline }) => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    client = await new pg.Client({ connectionString: database.url, pipeline }).connect();
    await client.query('create table thing (number integer primary key)');
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('are answered in their order, loads among them', async () => {
    const [, , { rows }] = await inOrder(client, [
      () => client.query('insert into thing values (1)'),
      () => copied(client, LOAD, lines(2, 3)),
      () => client.query<{ things: string }>('select count(*) as things from thing'),
      () => client.query('delete from thing'),
    ]);
    expect(rows).toEqual([{ things: '3' }]);
  });

  it(`are ${pipeline ? 'all sent before the first is answered' : 'sent one by one'}`, async () => {
    let [underWay, most] = [0, 0];
    const select = async () => {
      most = Math.max(most, ++underWay);
      await client.query('select');
      underWay--;
    };
    await inOrder(client, [select, () => inOrder(client, [select, select]), select]);
    expect(most).toBe(pipeline ? 4 : 1);
  });

  it('in a transaction fail with what was wrong first, and leave nothing behind', async () => {
    await client.query('begin');
    await expect(
      inOrder(client, [
        () => client.query('insert into thing values (1)'),
        () => copied(client, LOAD, lines(2, 2)),
        () => client.query('insert into thing values (3)'),
        () => copied(client, LOAD, lines(4)),
      ]),
    ).rejects.toMatchObject({ code: '23505', constraint: 'thing_pkey' });
    await client.query('rollback');
    expect((await client.query('select from thing')).rowCount).toBe(0);
  });
});
