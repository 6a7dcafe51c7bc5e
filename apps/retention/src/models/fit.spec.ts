import { score, type OrderModels } from '../scores/score.js';
import { NO_BAND, type Statistics } from '../scores/statistics.js';
import { fitModels } from './fit.js';
import { DEFAULT_ASSUMPTIONS } from './models.decider.js';

const TODAY = 20_000;
interface Customer {
  age: number;
  recency?: number;
  orderDays?: number;
  value?: number;
}
const statisticsOf = (customers: readonly Customer[]): Statistics => ({
  size: customers.length,
  customerId: Buffer.alloc(16 * customers.length),
  firstDay: Int32Array.from(customers, ({ age }) => TODAY - age),
  lastDay: Int32Array.from(customers, ({ age, recency = 0 }) => TODAY - age + recency),
  orderDays: Int32Array.from(customers, ({ orderDays = 1 }) => orderDays),
  value: Float64Array.from(customers, ({ value = 20 }) => value),
  announced: new Int8Array(customers.length).fill(NO_BAND),
});
const many = (count: number, customer: (number: number) => Customer) =>
  Array.from({ length: count }, (_, number) => customer(number));

const fitted = (statistics: Statistics) =>
  fitModels({
    statistics,
    day: TODAY,
    asOf: '2024-10-04',
    reason: 'first',
    version: 1,
    assumptions: DEFAULT_ASSUMPTIONS,
    currency: 'EUR',
  }) as OrderModels;

describe('There is always something to score by', () => {
  it.each<[string, Customer[]]>([
    ['one customer', [{ age: 10 }]],
    ['one customer of today', [{ age: 0 }]],
    ['nobody who came back', many(200, (number) => ({ age: number * 2 }))],
    ['all alike', many(200, () => ({ age: 300, recency: 200, orderDays: 5, value: 100 }))],
    [
      'everybody coming every ten days',
      many(90, (n) => ({
        age: 300,
        recency: 10 * (n % 4),
        orderDays: 1 + (n % 4),
        value: 20 + 20 * (n % 4),
      })),
    ],
    [
      'orders in the thousands',
      many(30, (n) => ({ age: 4_000, recency: 3_990, orderDays: 1 + n * 39, value: 1 + n * 390 })),
    ],
    ['nothing ever paid', many(100, (n) => ({ age: 3 * n, value: 0 }))],
    [
      'everything sent back by some',
      many(100, (n) => ({ age: 100 + n, recency: 50, orderDays: 2, value: n % 2 ? 0 : 50 })),
    ],
  ])('with %s', (_, customers) => {
    const statistics = statisticsOf(customers);
    const models = fitted(statistics);
    const scores = score(statistics, models, TODAY);
    for (const column of ['alive', 'active'] as const)
      for (const value of scores[column]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    for (const column of ['expectedOrders', 'averageValue', 'lifetimeValue'] as const)
      for (const value of scores[column]) {
        expect(Number.isFinite(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(0);
      }
  });

  it.each([0.01, 1, 20_000])('with the same model of spend whatever money is counted in (%d)', (unit) => {
    const customers = many(300, (n) => ({
      age: 900,
      recency: 300,
      orderDays: 2 + (n % 5),
      value: unit * (20 + 7 * (n % 17)),
    }));
    const { spend } = fitted(statisticsOf(customers));
    const { p, q, v } = fitted(
      statisticsOf(customers.map((each) => ({ ...each, value: each.value! / unit }))),
    ).spend!.parameters;
    expect(spend!.parameters.p! / p!).toBeCloseTo(1, 2);
    expect(spend!.parameters.q! / q!).toBeCloseTo(1, 2);
    expect(spend!.parameters.v! / v! / unit).toBeCloseTo(1, 2);
  });

  it('which makes up no money where nobody ever paid any', () => {
    const statistics = statisticsOf(many(100, (n) => ({ age: 3 * n, value: 0 })));
    const models = fitted(statistics);
    expect(models.spend).toBeUndefined();
    const { lifetimeValue, expectedOrders } = score(statistics, models, TODAY);
    expect(Math.max(...expectedOrders)).toBeGreaterThan(0);
    expect(Math.max(...lifetimeValue)).toBe(0);
  });

  it('by which in a handful of customers who came back is no likelier to leave than who came once', () => {
    const statistics = statisticsOf([{ age: 57, recency: 19, orderDays: 2 }, { age: 26 }, { age: 7 }]);
    const models = fitted(statistics);
    expect(models.prior).toContain('weak prior');
    const [twice, ...once] = score(statistics, models, TODAY).churnRisk;
    expect(twice).toBeLessThan(Math.min(...once));
  });

  it('but for customers who are not there', () =>
    expect(() => fitted(statisticsOf([]))).toThrow(
      'No customer has an order or a subscription up to 2024-10-04.',
    ));
});
