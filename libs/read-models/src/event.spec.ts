import fc from 'fast-check';
import { Stamp } from './event.js';

/** Few moments, so that many happen at the same one. */
const stamp = fc
  .record({
    time: fc
      .oneof(
        fc.constantFrom('2026-03-01T12:00:00.000Z', '1969-12-31T23:59:59.999Z'),
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('8659-01-01T00:00:00Z'),
          noInvalidDate: true,
        }),
      )
      .map((time) => (typeof time === 'string' ? time : time.toISOString())),
    eventId: fc.uuid(),
  })
  .map(({ time, eventId }) => new Stamp(time, eventId));

const runs = { numRuns: Number(process.env.PROPERTY_RUNS ?? 1_000) };

describe('of two stamps', () => {
  it('one is before the other, also of two events of one moment, whoever asks', () => {
    fc.assert(
      fc.property(stamp, stamp, (one, other) => {
        fc.pre(one.toString() !== other.toString());
        expect(one.isBefore(other)).toBe(!other.isBefore(one));
        expect(one.isBefore(one)).toBe(false);
      }),
      runs,
    );
  });

  it('the one before the other is so in the database, too', () => {
    fc.assert(
      fc.property(stamp, stamp, (one, other) => {
        expect(one.toString() < other.toString()).toBe(one.isBefore(other));
        expect(one.toString()).toHaveLength(44);
      }),
      runs,
    );
  });
});
