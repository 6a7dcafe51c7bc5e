import { histories } from '../histories/histories.js';
import { gammaGamma } from '../spend/gamma-gamma.js';
import { lifetimeValues } from './lifetime-value.js';

const customers = {
  histories: histories({ frequency: [0, 3, 12, 3], recency: [0, 200, 350, 90], age: [60, 240, 364, 364] }),
  spend: { orders: Int32Array.of(0, 3, 12, 3), mean: Float64Array.of(0, 40, 25, -10) },
};
const models = {
  orders: { model: 'mbg-nbd', parameters: { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 }, unitDays: 7 },
  spend: { model: 'gamma-gamma', parameters: { p: 6.25, q: 3.74, v: 15.44 }, unitDays: 1, meanSpend: 35 },
};

describe('lifetime value', () => {
  it('is discounted orders times the worth of an order', () => {
    const { value, discountedOrders, spend } = lifetimeValues(models, customers, { annualDiscountRate: 0.1 });
    expect(spend).toEqual(gammaGamma.expectedSpend(models.spend, customers.spend));
    value.forEach((each, row) => expect(each).toBeCloseTo(discountedOrders[row]! * spend[row]!, 12));
  });

  it('grows with the horizon up to that without one', () => {
    const of = (horizonDays?: number) =>
      lifetimeValues(models, customers, { annualDiscountRate: 0.1, ...(horizonDays && { horizonDays }) })
        .value;
    const [year, ten, century, ever] = [of(365), of(3650), of(36_500), of()];
    for (let row = 0; row < 4; row++) {
      expect(year[row]).toBeLessThan(ten[row]!);
      expect(ten[row]).toBeLessThan(century[row]!);
      expect(century[row]! / ever[row]!).toBeCloseTo(1, 3);
    }
  });

  it('is never negative: neither after refunds nor for a loss on each order', () => {
    for (const margin of [1, -0.2, [0.3, -1, 0.3, 0.3]]) {
      const { value } = lifetimeValues(models, customers, { annualDiscountRate: 0.1, margin });
      for (const each of value) expect(each).toBeGreaterThanOrEqual(0);
    }
  });

  it('has an interval around it that widens with its probability', () => {
    const of = (level: number) =>
      lifetimeValues(models, customers, { annualDiscountRate: 0.1, horizonDays: 365, level });
    const [half, most] = [of(0.5), of(0.95)];
    for (let row = 0; row < 4; row++) {
      expect(most.interval!.low[row]).toBeLessThanOrEqual(half.interval!.low[row]!);
      expect(most.interval!.high[row]).toBeGreaterThanOrEqual(half.interval!.high[row]!);
      expect(most.interval!.high[row]).toBeGreaterThan(half.value[row]!);
    }
  });

  it('takes what is left of each order where that is known', () => {
    const whole = lifetimeValues(models, customers, { annualDiscountRate: 0.1 }).value;
    const parts = lifetimeValues(models, customers, {
      annualDiscountRate: 0.1,
      margin: [0.5, 0.25, 1, 0],
    }).value;
    expect([...parts]).toEqual([whole[0]! * 0.5, whole[1]! * 0.25, whole[2]!, 0]);
  });

  it('needs a discount where there is no end', () => {
    expect(() => lifetimeValues(models, customers, { annualDiscountRate: 0 })).toThrow('discount');
  });
});
