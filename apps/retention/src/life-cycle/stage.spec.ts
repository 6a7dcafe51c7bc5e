import { bass, type BassFit } from '@perennial/lifetime-value';
import { lifeCycleOf, type Item } from './stage.js';

const fitted = (p: number, q: number, m: number): BassFit => ({
  model: 'bass',
  parameters: { p, q, m },
  unitDays: 1,
  periods: 12,
  standardErrors: { p: 0.001, q: 0.02, m: 0.05 * m },
  residualError: 1,
  explained: 0.95,
  converged: true,
  evaluations: 10,
  problems: [],
});
const curve = fitted(0.02, 0.4, 1000);

const flat = (count: number) => () => count;
/** An item whose sales in each month are as the functions say. */
const item = (
  periods: number,
  unitsIn: (month: number) => number,
  more: Partial<Item> = {},
  adoptersIn: (month: number) => number = flat(10),
): Item => ({
  unit: 'month',
  periods,
  launchSeen: true,
  withdrawn: false,
  series: Array.from({ length: periods }, (_, since) => ({
    since,
    adopters: adoptersIn(since),
    units: unitsIn(since),
  })),
  ...more,
});

describe('The stage of a product', () => {
  it.each([
    [11, 'growth'],
    [20, 'decline'],
  ])('%d months after its launch is found from its first purchases alone: %s', (periods, stage) => {
    const spread = fitted(0.006, 0.35, 1000);
    // Whole people: the curve does not fit exactly.
    const adopters = (month: number) => Math.round(bass.adoptions(spread, month, month + 1));
    const life = lifeCycleOf(item(periods, flat(5), {}, adopters));
    expect(life).toMatchObject({ stage, basis: 'adoption' });
    expect(life.curve!.m).toBeGreaterThan(700);
    expect(life.curve!.m).toBeLessThan(1300);
    expect(life.curve!.peak).toBeCloseTo(bass.peak(spread), 0);
  });

  it('names the peak, in the past or to come', () => {
    const slow = fitted(0.001, 0.3, 1000);
    expect(lifeCycleOf(item(9, flat(5)), () => slow).stage).toBe('introduction');
    expect(lifeCycleOf(item(16, flat(5)), () => slow).because).toContain(
      'is expected 18.9 months after its launch; it is 16 months old',
    );
    expect(lifeCycleOf(item(9, flat(5)), () => curve).because).toContain('was 7.1 months after its launch');
  });

  it('is fitted to every month from the first sale on, also those without sales', () => {
    const seen: number[][] = [];
    const gap = item(8, flat(1), {
      series: [
        { since: 0, adopters: 30, units: 1 },
        { since: 6, adopters: 5, units: 1 },
      ],
    });
    lifeCycleOf(gap, (adopters) => {
      seen.push([...adopters]);
      return curve;
    });
    expect(seen).toEqual([[30, 0, 0, 0, 0, 0, 5, 0]]);
  });

  it.each([
    ['growth', (month: number) => 10 + month],
    ['decline', (month: number) => 30 - month],
    ['maturity', (month: number) => 20 + (month % 2)],
  ])('is %s by the trend of its sales where its launch was not seen', (stage, unitsIn) => {
    const life = lifeCycleOf(item(24, unitsIn, { launchSeen: false }), () => {
      throw new Error('A curve without its beginning is not fitted.');
    });
    expect(life).toMatchObject({ stage, basis: 'sales', curve: null, trend: { observations: 12 } });
    expect(life.because).toContain('its launch was not seen');
  });

  it.each([
    [{ converged: false }, 'did not converge'],
    [{ explained: 0.3 }, 'explains only 30 %'],
    [{ standardErrors: { p: 0.001, q: 0.01, m: 800 } }, 'size of its market'],
    [{ standardErrors: null }, 'size of its market'],
  ])('does not rely on a curve with %j', (more, doubt) => {
    const life = lifeCycleOf(item(12, flat(5)), () => ({ ...curve, ...more }));
    expect(life).toMatchObject({ stage: 'maturity', basis: 'sales' });
    expect(life.because).toContain(doubt);
  });

  it('is not known with too little data, and it is said so', () => {
    const seven = lifeCycleOf(item(7, flat(5)));
    expect(seven).toMatchObject({ stage: null, basis: null });
    expect(seven.because).toContain('7 complete months and 70 adopters');
    const few = item(12, flat(5), { series: [{ since: 0, adopters: 29, units: 40 }] });
    expect(lifeCycleOf(few).because).toContain('12 complete months and 29 adopters');
  });

  it('is decline once it was withdrawn', () => {
    expect(lifeCycleOf(item(3, flat(5), { withdrawn: true }))).toMatchObject({
      stage: 'decline',
      basis: 'listing',
    });
  });
});
