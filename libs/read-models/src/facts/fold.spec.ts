import { event, recorded } from '@perennial/testing';
import fc from 'fast-check';
import { addDecimals, compareDecimals, multiplyDecimals } from '../storage/decimal.js';
import { arrayLiteral, copyField } from '../storage/literal.js';
import { compareText } from './fold.js';
import { Stamp } from '../event.js';

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 6 }))
  .map(([units, scale]) => {
    const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
    return `${units < 0n ? '-' : ''}${scale ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits}`;
  });

describe('decimals', () => {
  it('add exactly, in any grouping, and keep the larger scale', () => {
    expect(addDecimals('0.1', '0.20')).toBe('0.30');
    expect(addDecimals('-0.05', '0.05')).toBe('0.00');
    expect(multiplyDecimals('74215', '1.04')).toBe('77183.60');
    fc.assert(
      fc.property(decimal, decimal, decimal, (a, b, c) => {
        expect(addDecimals(addDecimals(a, b), c)).toBe(addDecimals(a, addDecimals(c, b)));
      }),
    );
  });

  it('compare by value, not by text', () => {
    expect(compareDecimals('9', '10')).toBe(-1);
    expect(compareDecimals('1.50', '1.5')).toBe(0);
    expect(compareDecimals('-1', '-2')).toBe(1);
  });
});

describe('text', () => {
  it('is ordered as Postgres orders it under collation "C": by UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
    // UTF-16 would put the emoji, a pair of surrogates, first.
    expect(compareText('\ufffd', '\u{1f600}')).toBeLessThan(0);
  });

  it('is escaped for arrays and for COPY', () => {
    expect(arrayLiteral(['a"b\\c', null, ''], 'text')).toBe('{"a\\"b\\\\c",NULL,""}');
    expect(arrayLiteral([['x', 'y"'], undefined], 'text[]')).toBe('{"{\\"x\\",\\"y\\\\\\"\\"}",NULL}');
    expect(copyField('a\tb\nc\\', 'text')).toBe('a\\tb\\nc\\\\');
    expect(copyField(null, 'text')).toBe('\\N');
  });
});

describe('the stamp of an event', () => {
  it('orders by event time, then by event id', () => {
    const [early, late, tie] = recorded([
      event('page.viewed', 'user:a', { path: '/' }, { time: '1969-12-31T23:59:59.999Z' }),
      event('page.viewed', 'user:a', { path: '/' }, { time: '2026-03-01T12:00:00.000Z', id: '1' }),
      event('page.viewed', 'user:a', { path: '/' }, { time: '2026-03-01T12:00:00.000Z', id: '2' }),
    ]).map(({ time, eventId }) => new Stamp(time, eventId));
    expect(early!.isBefore(late!)).toBe(true);
    expect(late!.isBefore(tie!)).not.toBe(tie!.isBefore(late!));
    expect(String(late).slice(0, 12)).toBe(String(tie).slice(0, 12));
    expect(String(late)).toHaveLength(44);
  });

  it('is ordered here as Postgres orders its bytes', () => {
    const stamp = fc
      .tuple(
        fc.date({ min: new Date('0001-01-01'), max: new Date('8000-01-01'), noInvalidDate: true }),
        fc.uuid(),
      )
      .map(([date, eventId]) => new Stamp(date.toISOString(), eventId));
    fc.assert(fc.property(stamp, stamp, (a, b) => expect(a.isBefore(b)).toBe(String(a) < String(b))));
  });
});
