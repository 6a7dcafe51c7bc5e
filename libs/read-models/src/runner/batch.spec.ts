import type pg from 'pg';
import { event, ReadModelsUnderTest, recorded } from '@perennial/testing';
import { shop } from '../testing/shop.models.js';
import { inTransaction, writeEvents } from './batch.js';

const CUSTOMERS = 400;
const ROWS = 5_000;

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const orderOf = (customer: number) =>
  event('order.placed', `user:${customer}`, {
    orderId: `O-${customer}`,
    total: eur('10.00'),
    lines: [{ sku: 'lamp', quantity: 1, price: eur('10.00') }],
  });

describe('a batch', () => {
  const shopUnderTest = new ReadModelsUnderTest(shop);
  beforeAll(() => shopUnderTest.open());
  afterAll(() => shopUnderTest.close());

  /** How many entries of the index have been read so far. */
  const entriesRead = async (index: string) => {
    const { rows } = await shopUnderTest.pool.query<{ read: string }>(
      `select idx_tup_read as read from pg_stat_user_indexes where schemaname = 'shop_tables' and indexrelname = $1`,
      [index],
    );
    return Number(rows[0]!.read);
  };

  it('finds the rows of its many customers by their keys, also in tables that could be read whole', async () => {
    const { pool, batches, target } = shopUnderTest;
    await pool.query(
      `insert into shop_tables.subject (subject_id) select gen_random_uuid() from generate_series(1, ${ROWS});
       insert into shop_tables."order" (subject_id, order_id) select subject_id, 'other' from shop_tables.subject;
       analyze shop_tables.subject, shop_tables."order"`,
    );
    const [subjects, orders] = [await entriesRead('subject_pkey'), await entriesRead('order_pkey')];
    const client = await batches.connect();
    const events = recorded(Array.from({ length: CUSTOMERS }, (_, customer) => orderOf(customer)));
    await inTransaction(client, target.layout, 'shared', () => writeEvents(client, target, events));
    await client.query('select pg_stat_force_next_flush()');
    client.release();
    expect(await entriesRead('subject_pkey')).toBeLessThan(subjects + ROWS);
    expect(await entriesRead('order_pkey')).toBeLessThan(orders + ROWS);
    expect(await shopUnderTest.rows('purchases')).toHaveLength(CUSTOMERS);
  });

  it('are written in a few goes: what needs no answer is sent at once', async () => {
    const { batches, target } = shopUnderTest;
    const client = await batches.connect();
    let [goes, underWay] = [0, 0];
    const watched = Object.create(client) as typeof client;
    watched.query = ((...given: unknown[]) => {
      if (underWay++ === 0) goes++;
      const answer = (client.query as (...all: unknown[]) => unknown)(...given);
      const answered = () => underWay--;
      if (answer instanceof Promise) answer.then(answered, answered);
      else (answer as pg.Query).once('end', answered);
      return answer;
    }) as typeof client.query;
    const events = recorded(Array.from({ length: CUSTOMERS }, (_, customer) => orderOf(customer)));
    await inTransaction(watched, target.layout, 'shared', () => writeEvents(watched, target, events));
    client.release();
    // Nine, one by one, even for the few tables of this service.
    expect(goes).toBeLessThanOrEqual(7);
  });
});
