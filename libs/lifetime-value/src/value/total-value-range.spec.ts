import { summarise, type OrderLog } from '../histories/order-log.js';
import { orderModelOf } from '../orders/order-models.js';
import { gammaGamma } from '../spend/gamma-gamma.js';
import { lifetimeValues } from './lifetime-value.js';
import { totalValueRange } from './total-value-range.js';

const UNTIL = 730;
const pareto = orderModelOf('pareto-nbd');
const truth = {
  orders: { model: 'pareto-nbd', parameters: { r: 1, alpha: 10, s: 2, beta: 40 }, unitDays: 7 },
  spend: { model: 'gamma-gamma', parameters: { p: 2, q: 4, v: 60 }, unitDays: 1, meanSpend: 40 },
};

/** Customers who behave as the models have it, won over a year and a half; the same ones for a seed. */
function company(customers: number, seed: number) {
  let state = seed;
  const draw = () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
  const gamma = (shape: number) =>
    Array.from({ length: shape }, () => -Math.log(draw())).reduce((sum, each) => sum + each, 0);
  const log = { customer: [] as number[], day: [] as number[], amount: [] as number[] } satisfies OrderLog;
  for (let customer = 0; customer < customers; customer++) {
    const first = Math.floor(draw() * 540);
    const leaves = first + 7 * (gamma(1) / (gamma(2) / 40));
    const between = 7 / (gamma(1) / 10);
    const spend = gamma(4) / 60;
    for (let at = first; at <= Math.min(leaves, UNTIL); at += between * gamma(1)) {
      log.customer.push(customer);
      log.day.push(Math.floor(at));
      log.amount.push(gamma(2) / spend);
    }
  }
  return summarise(log, { until: UNTIL });
}

const discount = { annualDiscountRate: 0.1 };
function fitted(summary: ReturnType<typeof company>) {
  const models = { orders: pareto.fit(summary.histories), spend: gammaGamma.fit(summary.spend) };
  return { models, range: totalValueRange(models, summary, discount) };
}
const sum = (values: Float64Array) => values.reduce((total, each) => total + each, 0);

describe('How far all lifetime values together may be off', () => {
  it('is true about as often as it says', () => {
    let [within, companies] = [0, 0];
    for (let seed = 1; seed <= 24; seed++) {
      const summary = company(600, seed * 7_919);
      const { models, range } = fitted(summary);
      // Of some companies the customers leave s and β open.
      if (!range) continue;
      companies++;
      const estimate = sum(lifetimeValues(models, summary, discount).value);
      const factor = sum(lifetimeValues(truth, summary, discount).value) / estimate;
      expect(range.low).toBeLessThan(1);
      expect(range.high).toBeGreaterThan(1);
      if (factor >= range.low && factor <= range.high) within++;
    }
    expect(companies).toBeGreaterThan(12);
    expect(within / companies).toBeGreaterThan(0.6);
    expect(within / companies).toBeLessThan(0.97);
  });

  it('is less the more customers there are', () => {
    const widths = [200, 3_000].map((customers) => {
      const { range } = fitted(company(customers, 20_260_309));
      return Math.log(range!.high / range!.low);
    });
    // Fifteen times as many: a quarter, by the square root.
    expect(widths[1]! / widths[0]!).toBeLessThan(0.5);
  });

  it('is not told where the data determine nothing', () => {
    const summary = company(50, 1);
    const models = { orders: pareto.fit(summary.histories), spend: gammaGamma.fit(summary.spend) };
    const vague = models.orders.covariance!.map((row) => row.map((each) => each * 1_000));
    for (const covariance of [null, vague, vague.map((row) => row.map(() => NaN))])
      expect(
        totalValueRange({ ...models, orders: { ...models.orders, covariance } }, summary, discount),
      ).toBeNull();
  });
});
