import fc from 'fast-check';
import { kaplanMeier, type Departures } from './kaplan-meier.js';

const left = (...times: number[]): Departures[] => times.map((time) => ({ time, left: 1, censored: 0 }));
const censored = (...times: number[]): Departures[] => times.map((time) => ({ time, left: 0, censored: 1 }));

/** Weeks of remission under 6-mercaptopurine: Freireich et al. 1963, the example of Cox 1972 and most textbooks since. */
const remission = [
  ...left(6, 6, 6, 7, 10, 13, 16, 22, 23),
  ...censored(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35),
];

describe('A survival curve', () => {
  it('gives the published estimates and standard errors of the remission data', () => {
    const { observed, steps, median } = kaplanMeier(remission);
    expect(observed).toBe(21);
    expect(
      steps.map(({ time, atRisk, survival, standardError }) => [
        time,
        atRisk,
        survival.toFixed(4),
        standardError?.toFixed(4),
      ]),
    ).toEqual([
      [6, 21, '0.8571', '0.0764'],
      [7, 17, '0.8067', '0.0869'],
      [10, 15, '0.7529', '0.0963'],
      [13, 12, '0.6902', '0.1068'],
      [16, 11, '0.6275', '0.1141'],
      [22, 7, '0.5378', '0.1282'],
      [23, 6, '0.4482', '0.1346'],
    ]);
    expect(median).toEqual({ time: 23, lower: 13, upper: null });
  });

  it('has the log-log interval of the remission data that R and Stata print', () => {
    const at6 = kaplanMeier(remission).steps[0]!;
    expect([at6.lower.toFixed(4), at6.upper.toFixed(4)]).toEqual(['0.6197', '0.9516']);
  });

  it('is the share that is left where nobody is censored', () => {
    const { steps, median, restrictedMean } = kaplanMeier(left(1, 2, 3, 4));
    expect(steps.map(({ survival }) => survival)).toEqual([0.75, 0.5, 0.25, 0]);
    expect(median.time).toBe(2);
    expect(restrictedMean).toEqual({ time: 2.5, until: 4 });
  });

  it('is 1 as long as nobody has left, and says nothing of nobody', () => {
    expect(kaplanMeier(censored(3, 5))).toMatchObject({
      observed: 2,
      steps: [],
      median: { time: null, lower: null, upper: null },
      restrictedMean: { time: 5, until: 5 },
    });
    expect(kaplanMeier([])).toMatchObject({ observed: 0, steps: [], restrictedMean: { time: 0, until: 0 } });
  });

  it('does not take it for certain that nobody stays, because the last one who was seen left', () => {
    const [first, last] = kaplanMeier([...left(1, 3), ...censored(2)]).steps;
    expect(last).toMatchObject({
      atRisk: 1,
      survival: 0,
      standardError: null,
      lower: 0,
      upper: first!.upper,
    });
  });

  it.each([
    { time: -1, left: 1, censored: 0 },
    { time: 1, left: Number.NaN, censored: 0 },
    { time: 1, left: 1, censored: -1 },
  ])('refuses %j', (departures) => expect(() => kaplanMeier([departures])).toThrow(RangeError));

  const histories = fc.array(fc.record({ time: fc.nat(30), left: fc.nat(4), censored: fc.nat(4) }), {
    maxLength: 40,
  });

  it('falls from 1 towards 0 inside its interval, whatever the sequence of the observations', () =>
    fc.assert(
      fc.property(histories, (departures) => {
        const curve = kaplanMeier(departures);
        expect(kaplanMeier([...departures].reverse())).toEqual(curve);
        let before = 1;
        for (const { survival, lower, upper } of curve.steps) {
          expect(survival).toBeLessThan(before);
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(lower).toBeLessThanOrEqual(survival);
          expect(upper).toBeGreaterThanOrEqual(survival);
          expect(upper).toBeLessThanOrEqual(1);
          before = survival;
        }
        expect(curve.restrictedMean.time).toBeLessThanOrEqual(curve.restrictedMean.until + 1e-9);
      }),
    ));

  it('is the empirical share of those who stay longer, if all departures are seen', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 50 }), (times) => {
        for (const { time, survival } of kaplanMeier(left(...times)).steps)
          expect(survival).toBeCloseTo(times.filter((other) => other > time).length / times.length, 10);
      }),
    ));
});
