import { orderModelOf, recalibrated } from '@perennial/lifetime-value';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import fc from 'fast-check';
import { readRows, writeRows } from './binary-copy.js';
import { orderValues } from './order-values.js';
import { bandOf, score, type OrderModels } from './score.js';
import { BANDS, historiesOf, NO_BAND, type Statistics } from './statistics.js';

const assumptions = {
  horizonDays: 365,
  discountRate: 0.1,
  marginRate: 1,
  elevatedRisk: 0.5,
  highRisk: 0.8,
  hysteresis: 0.05,
};
const parameters = {
  'bg-nbd': { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 },
  'mbg-nbd': { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 },
  'pareto-nbd': { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 },
};
const modelsOf = (model: keyof typeof parameters): OrderModels => ({
  version: 1,
  asOf: '2026-03-01',
  reason: 'first',
  population: { customers: 1, repeatCustomers: 0, orderDays: 1 },
  assumptions,
  orders: { model, parameters: parameters[model], unitDays: 7, converged: true, problems: [] },
  averageValue: 30,
});

interface Customer {
  first: number;
  recency: number;
  orderDays: number;
  value: number;
}
const ASKED = 20_000;
const customer = fc
  .record({
    age: fc.integer({ min: 0, max: 8_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    more: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
    value: fc.double({ min: 0, max: 10_000, noNaN: true }),
  })
  .map(({ age, share, more, value }): Customer => {
    const recency = more === 0 ? 0 : Math.floor(age * share);
    return { first: ASKED - age, recency, orderDays: 1 + Math.min(more, recency), value };
  })
  .map((each) => (each.orderDays === 1 ? { ...each, recency: 0 } : each));

const statisticsOf = (customers: readonly Customer[]): Statistics => ({
  size: customers.length,
  customerId: Buffer.alloc(16 * customers.length),
  firstDay: Int32Array.from(customers, ({ first }) => first),
  lastDay: Int32Array.from(customers, ({ first, recency }) => first + recency),
  orderDays: Int32Array.from(customers, ({ orderDays }) => orderDays),
  value: Float64Array.from(customers, ({ value }) => value),
  announced: new Int8Array(customers.length).fill(NO_BAND),
});

describe.each(Object.keys(parameters) as (keyof typeof parameters)[])('Scores by %s', (model) => {
  const models = modelsOf(model);

  it('are the same to the last digit, whoever is scored beside a customer', () =>
    fc.assert(
      fc.property(fc.array(customer, { minLength: 1, maxLength: 60 }), (customers) => {
        const all = score(statisticsOf(customers), models, ASKED);
        customers.forEach((each, row) => {
          const alone = score(statisticsOf([each]), models, ASKED);
          for (const column of ['alive', 'active', 'expectedOrders', 'lifetimeValue'] as const)
            expect(alone[column][0]).toBe(all[column][row]);
          expect([alone.orders.low[0], alone.orders.high[0]]).toEqual([
            all.orders.low[row],
            all.orders.high[row],
          ]);
        });
      }),
      { numRuns: 20 },
    ));

  it('are what the library says of each customer, however short the times are in the model', () =>
    fc.assert(
      fc.property(customer, fc.constantFrom(1, 0.1, 0.01, 0.001), (one, shorter) => {
        const { alpha, beta, ...others } = models.orders.parameters;
        const times = { alpha: alpha! * shorter, ...(beta && { beta: beta * shorter }) };
        const orders = { ...models.orders, parameters: { ...others, ...times } };
        const histories = historiesOf(statisticsOf([one]), ASKED);
        const library = orderModelOf(model);
        const values = orderValues({ ...models, orders }, histories);
        const close = (found: number, expected: number) =>
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(expected)));
        close(values.active[0]!, library.probabilityActive(orders, histories, 365)[0]!);
        close(values.expected[0]!, library.expectedOrders(orders, histories, 365)[0]!);
        close(
          values.discounted[0]!,
          library.discountedOrders(orders, histories, { annualDiscountRate: 0.1 })[0]!,
        );
      }),
      { numRuns: 100 },
    ));

  it('never rank the churn risk of one who ordered once below that of one who comes back, of the same age', () => {
    const [once, often] = [0, 1].map((more) => ({
      first: ASKED - 400,
      recency: more * 380,
      orderDays: 1 + more * 10,
      value: 10,
    }));
    const { active } = score(statisticsOf([once!, often!]), models, ASKED);
    expect(1 - active[0]!).toBeGreaterThan(1 - active[1]!);
  });

  it('correct the chance to order as the models say, and nothing else; by none where they say nothing', () =>
    fc.assert(
      fc.property(
        fc.array(customer, { minLength: 2, maxLength: 20 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: 0.5, max: 1.5, noNaN: true }),
        (customers, intercept, slope) => {
          const statistics = statisticsOf(customers);
          const correctedBy = (by: { intercept: number; slope: number }) => ({
            ...models,
            chanceCorrection: {
              ...by,
              ...{ gain: 0, gainError: 0, brierScore: 0, calibrationError: 0, calibration: [] },
            },
          });
          const told = score(statistics, models, ASKED);
          expect(score(statistics, correctedBy({ intercept: 0, slope: 1 }), ASKED)).toEqual(told);
          const corrected = score(statistics, correctedBy({ intercept, slope }), ASKED);
          told.active.forEach((each, row) => {
            const active = recalibrated(each, { intercept, slope });
            expect(corrected.active[row]).toBe(active);
            expect(corrected.churnRisk[row]).toBe(1 - active);
            expect(corrected.band[row]).toBe(bandOf(1 - active, NO_BAND, assumptions));
          });
          for (const column of [
            'alive',
            'expectedOrders',
            'expectedValue',
            'lifetimeValue',
            'orders',
            'value',
          ] as const)
            expect(corrected[column]).toEqual(told[column]);
        },
      ),
      { numRuns: 50 },
    ));
});

describe('The band of a risk', () => {
  it('is that of the thresholds where none was announced', () =>
    expect([0, 0.49, 0.5, 0.79, 0.8, 1].map((risk) => BANDS[bandOf(risk, NO_BAND, assumptions)])).toEqual([
      'low',
      'low',
      'elevated',
      'elevated',
      'high',
      'high',
    ]));

  it('is left only when the risk is clearly outside of it', () => {
    expect(bandOf(0.46, 1, assumptions)).toBe(1);
    expect(bandOf(0.44, 1, assumptions)).toBe(0);
    expect(bandOf(0.84, 1, assumptions)).toBe(1);
    expect(bandOf(0.86, 1, assumptions)).toBe(2);
    expect(bandOf(0.4, 2, assumptions)).toBe(0);
  });

  it('never goes to and fro while the risk moves by less than the hysteresis', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.double({ min: -0.024, max: 0.024, noNaN: true }), { maxLength: 50 }),
        (around, moves) => {
          let announced = NO_BAND;
          let changes = 0;
          for (const move of moves) {
            const band = bandOf(Math.min(1, Math.max(0, around + move)), announced, assumptions);
            if (announced !== NO_BAND && band !== announced) changes++;
            announced = band;
          }
          expect(changes).toBe(0);
        },
      ),
    ));
});

describe('Rows in binary', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  it('hold decimals exactly as they are written', async () => {
    const client = await database.pool.connect();
    await client.query('create temporary table written (place integer, amount numeric)');
    const values = [
      0,
      -0,
      0.004,
      0.005,
      1,
      9_999.99,
      10_000,
      10_000.01,
      99_999_999.99,
      123_456_789_012.34,
      -7.5,
      -0.001,
      NaN,
    ];
    await writeRows(client, { table: 'written', columns: ['place', 'amount'] }, [
      {
        size: values.length,
        write: (writer, row) => {
          writer.integer(row);
          writer.decimal(values[row]!, 2);
        },
      },
    ]);
    const { rows } = await client.query<{ amount: string | null }>(
      'select amount from written order by place',
    );
    client.release();
    expect(rows.map(({ amount }) => amount)).toEqual([
      '0.00',
      '0.00',
      '0.00',
      '0.01',
      '1.00',
      '9999.99',
      '10000.00',
      '10000.01',
      '99999999.99',
      '123456789012.34',
      '-7.50',
      '0.00',
      null,
    ]);
  });

  it('are read whole, however they are cut, and refused when they are not as wide as said', async () => {
    const client = await database.pool.connect();
    const seen: number[] = [];
    const query = 'select i::int4 from generate_series(1, 50000) i';
    await readRows(client, query, 8, (row, offset) => seen.push(row.readInt32BE(offset + 4)));
    expect(seen).toEqual(Array.from({ length: 50_000 }, (_, index) => index + 1));
    await expect(readRows(client, `${query} union all select null`, 8, () => undefined)).rejects.toThrow(
      'is not 8 bytes wide',
    );
    client.release(true);
  });
});
