import { event, recorded } from '@perennial/testing';
import fc from 'fast-check';
import { addDecimals, compareDecimals, multiplyDecimals } from '../storage/decimal.js';
import { arrayLiteral, copyField } from '../storage/literal.js';
import { compareText, COPY_FROM_ROWS, type Fold, type FoldedRow } from './fold.js';
import { Stamp } from '../event.js';
import { Projector } from '../runner/projector.js';
import { visits } from '../testing/shop.models.js';

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

describe('a fold of rows that nothing is merged into', () => {
  const seen = (count: number) =>
    recorded(
      Array.from({ length: count }, (_, index) =>
        event(
          'page.viewed',
          `user:${index % 700}`,
          { path: `/page/${index}` },
          {
            id: String(index),
            time: new Date(Date.UTC(2026, 2, 1) + ((index * 37) % 900) * 60_000).toISOString(),
          },
        ),
      ),
    );
  const folded = async (count: number, facts = visits) => {
    const { folds } = await new Projector([facts], [], new Set()).project(seen(count));
    return folds.get(facts)!;
  };
  const stretchesOf = (rows: readonly FoldedRow[]) => {
    const times = new Map<string, string[]>();
    for (const { values } of rows)
      times.set(String(values.subjectId), [
        ...(times.get(String(values.subjectId)) ?? []),
        String(values.seenAt),
      ]);
    return new Map(
      [...times].map(([subject, at]) => [subject, { since: at.sort()[0], until: at.sort().at(-1) }]),
    );
  };
  const textOf = (fold: Fold) =>
    Buffer.concat(fold.loads().flatMap(({ pieces }) => pieces)).toString('latin1');

  it('loses no row, no subject and no time where rows are made ready for COPY', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 * COPY_FROM_ROWS }), async (count) => {
        const timed = { ...visits, timed: 'seenAt' };
        const fold = await folded(count, timed);
        // An aggregate table needs the rows as they are: they are kept.
        const kept = await folded(count, { ...timed, summed: true });
        expect(kept.rows()).toHaveLength(count);
        expect(fold.size).toBe(count);
        expect(textOf(fold)).toBe(textOf(kept));
        expect(fold.stretches()).toEqual(stretchesOf(kept.rows()));
      }),
      { numRuns: 20, examples: [[COPY_FROM_ROWS - 1], [COPY_FROM_ROWS], [2 * COPY_FROM_ROWS + 1]] },
    ));

  it('gives what was merged into it after it was made ready, too', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 * COPY_FROM_ROWS }), fc.boolean(), async (count, many) => {
        const events = seen(many ? count : Math.min(count, COPY_FROM_ROWS - 2));
        const projector = new Projector([visits], [], new Set());
        const atOnce = (await projector.project(events)).folds.get(visits)!;
        const { folds } = await projector.project(events.slice(0, -1));
        const fold = folds.get(visits)!;
        await projector.project(events.slice(-1), folds);
        expect(textOf(fold)).toBe(textOf(atOnce));
        if (!fold.isLoaded) expect(fold.parameters()).toEqual(atOnce.parameters());
      }),
      { numRuns: 20 },
    ));

  it('is not asked for rows that are made ready for COPY', async () => {
    const large = await folded(COPY_FROM_ROWS);
    expect(() => large.rows()).toThrow('Rows of "visit" are made ready for COPY already.');
  });
});
