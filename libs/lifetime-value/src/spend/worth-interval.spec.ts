import { worthInterval } from './worth-interval.js';

/** Numbers between 0 and 1, the same each time (Park, Miller 1988). */
function draws() {
  let state = 20_260_309;
  return () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
}

const fitted = { model: 'gamma-gamma', parameters: { p: 2, q: 4, v: 60 }, unitDays: 1, meanSpend: 40 };

describe('The interval of what orders will be worth', () => {
  it.each([1, 5, 30])(
    'holds about as often as it says for customers who behave as the model has it, of whom %i orders are known',
    (known) => {
      const draw = draws();
      const gamma = (shape: number) =>
        Array.from({ length: shape }, () => -Math.log(draw())).reduce((sum, each) => sum + each, 0);
      const poisson = (mean: number) => {
        let [count, left] = [0, mean + Math.log(draw())];
        for (; left > 0; left += Math.log(draw())) count++;
        return count;
      };
      // 90 % of Poisson(20) are within these, the ends included.
      const orders = { expected: Float64Array.of(20), low: Float64Array.of(13), high: Float64Array.of(27) };
      let within = 0;
      const customers = 4_000;
      for (let each = 0; each < customers; each++) {
        const rate = gamma(4) / 60;
        const spend = {
          orders: Int32Array.of(known),
          mean: Float64Array.of(gamma(2 * known) / rate / known),
        };
        const expected = (20 * 2 * (60 + known * spend.mean[0]!)) / (2 * known + 4 - 1);
        const worth = gamma(2 * poisson(20)) / rate;
        const { low, high } = worthInterval(fitted, spend, orders, 0.9);
        if (worth >= low[0]! * expected && worth <= high[0]! * expected) within++;
      }
      expect(within / customers).toBeGreaterThan(0.86);
      expect(within / customers).toBeLessThan(0.95);
    },
  );

  it('begins at nothing where there may be no order, and ends there where there will be none', () => {
    const spend = { orders: Int32Array.of(3, 3, 3), mean: Float64Array.of(40, 40, 40) };
    const orders = {
      expected: Float64Array.of(0.8, 0.05, 0),
      low: Float64Array.of(0, 0, 0),
      high: Float64Array.of(2, 0, 0),
    };
    const { low, high } = worthInterval(fitted, spend, orders, 0.8);
    expect([...low]).toEqual([0, 0, 0]);
    expect(high[0]).toBeGreaterThan(2 / 0.8);
    expect([high[1], high[2]]).toEqual([0, 0]);
  });
});
