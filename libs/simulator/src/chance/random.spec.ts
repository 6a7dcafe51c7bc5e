import { Random } from './random.js';

const draws = <Value>(draw: (random: Random) => Value, count = 20_000) => {
  const random = new Random('seed');
  return Array.from({ length: count }, () => draw(random));
};
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2));

describe('chance', () => {
  it('repeats itself with the same seed, and not with another', () => {
    const first = new Random('seed');
    const again = new Random('seed');
    const other = new Random('Seed');
    const of = (random: Random) => Array.from({ length: 100 }, () => random.uniform());
    const values = of(first);
    expect(of(again)).toEqual(values);
    expect(of(other)).not.toEqual(values);
  });

  it('stays from 0 up to 1, evenly', () => {
    const values = draws((random) => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(mean(values)).toBeCloseTo(0.5, 1);
    expect(variance(values)).toBeCloseTo(1 / 12, 2);
  });

  it.each([0.5, 1, 4])('draws a gamma of shape %d with its mean and variance', (shape) => {
    const values = draws((random) => random.gamma(shape, 3));
    expect(mean(values) / 3).toBeCloseTo(1, 1);
    expect(variance(values) / (9 / shape)).toBeCloseTo(1, 0);
  });

  it('draws a beta, a Poisson and an exponential with their means', () => {
    expect(mean(draws((random) => random.beta(1, 3)))).toBeCloseTo(0.25, 1);
    expect(mean(draws((random) => random.poisson(2.5)))).toBeCloseTo(2.5, 1);
    expect(mean(draws((random) => random.exponential(1)))).toBeCloseTo(1, 1);
  });

  it('draws in proportion to weights, never what weighs nothing', () => {
    const keys = draws((random) => random.oneOf({ never: 0, seldom: 1, often: 3 }));
    const often = keys.filter((key) => key === 'often').length / keys.length;
    expect(keys).not.toContain('never');
    expect(often).toBeCloseTo(0.75, 1);
  });
});
