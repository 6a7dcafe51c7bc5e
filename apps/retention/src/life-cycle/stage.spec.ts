import { adoptedBy, peakOf } from './bass.js';
import { lifeCycleOf, type FittedCurve, type Item } from './stage.js';

const curve: FittedCurve = {
  p: 0.02,
  q: 0.4,
  m: 1000,
  standardErrors: { p: 0.001, q: 0.02, m: 50 },
  converged: true,
  explained: 0.95,
};
const flat = (count: number) => () => count;
/** An item whose sales in each month are as the function says. */
const item = (periods: number, unitsIn: (month: number) => number, more: Partial<Item> = {}): Item => ({
  unit: 'month',
  periods,
  launchSeen: true,
  withdrawn: false,
  series: Array.from({ length: periods }, (_, since) => ({ since, adopters: 10, units: unitsIn(since) })),
  ...more,
});
const noCurve = () => null;

describe('The stage of a product', () => {
  it.each([
    [8, 'maturity'],
    [peakOf(curve) + 4, 'decline'],
  ])('after %d months is that of its adoption curve: %s', (periods, stage) => {
    const life = lifeCycleOf(item(Math.round(periods), flat(5)), () => curve);
    expect(life).toMatchObject({ stage, basis: 'adoption', curve: { peak: peakOf(curve) } });
  });

  it('is introduction or growth before the peak, which it names', () => {
    const slow = { ...curve, p: 0.001, q: 0.3 };
    expect(lifeCycleOf(item(9, flat(5)), () => slow)).toMatchObject({ stage: 'introduction' });
    const life = lifeCycleOf(item(16, flat(5)), () => slow);
    expect(life.stage).toBe('growth');
    expect(life.because).toContain('is expected 18.9 months after its launch; it is 16 months old');
  });

  it('is fitted to every month from the first sale on, also those without sales', () => {
    const seen: number[][] = [];
    const gap = item(8, flat(1), {
      series: [
        { since: 0, adopters: 30, units: 1 },
        { since: 6, adopters: 5, units: 1 },
      ],
    });
    lifeCycleOf(gap, (adopters) => (seen.push([...adopters]), null));
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
    expect(lifeCycleOf(item(7, flat(5)), noCurve)).toMatchObject({
      stage: null,
      basis: null,
      because: expect.stringContaining('7 complete months and 70 adopters'),
    });
    const few = item(12, flat(5), { series: [{ since: 0, adopters: 29, units: 40 }] });
    expect(lifeCycleOf(few, noCurve).because).toContain('12 complete months and 29 adopters');
  });

  it('is decline once it was withdrawn', () => {
    expect(lifeCycleOf(item(3, flat(5), { withdrawn: true }), noCurve)).toMatchObject({
      stage: 'decline',
      basis: 'listing',
    });
  });

  it('is the same share of its market whenever the curve says so', () => {
    expect(adoptedBy(curve, peakOf(curve))).toBeCloseTo(0.5 - curve.p / (2 * curve.q), 12);
  });
});
