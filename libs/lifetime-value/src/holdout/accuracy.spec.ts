import fc from 'fast-check';
import { accuracy } from './accuracy.js';

describe('The share of the tenth that is ranked highest', () => {
  it('does not depend on the sequence of the customers, however many are told alike', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ told: fc.integer({ min: 0, max: 3 }), orders: fc.integer({ min: 0, max: 9 }) }),
          {
            minLength: 10,
            maxLength: 60,
          },
        ),
        (customers) => {
          const share = (of: typeof customers) =>
            accuracy(
              Float64Array.from(of, ({ told }) => told),
              Float64Array.from(of, ({ orders }) => orders),
            ).topTenthShare;
          expect(share([...customers].reverse())).toBeCloseTo(share(customers), 12);
        },
      ),
    ));

  it('is a tenth where all are told alike', () => {
    const orders = Float64Array.from({ length: 100 }, (_, row) => row % 7);
    expect(accuracy(new Float64Array(100).fill(2), orders).topTenthLift).toBeCloseTo(1, 12);
  });
});

it('Tenths in which all are told alike are alike, whoever of them comes first', () => {
  const orders = Float64Array.from({ length: 105 }, (_, row) => Number(row < 21));
  const { calibration } = accuracy(new Float64Array(105).fill(2), orders);
  expect(calibration.reduce((sum, { customers }) => sum + customers, 0)).toBe(105);
  for (const { customers, predicted, actual } of calibration) {
    expect([10, 11]).toContain(customers);
    expect([predicted, actual]).toEqual([2, 0.2]);
  }
});
