import { testDatabase, type TestDatabase } from '@perennial/testing';
import fc from 'fast-check';
import { arrayParameter, COPY_BEGIN, COPY_END, copiedRows } from './binary.js';
import type { ColumnType } from './column.js';
import { copied } from './copy.query.js';
import { arrayLiteral, copyField, type Value } from './literal.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 60 }).map((any) => any.replaceAll('\u0000', '')),
);
const instant = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 9 }))
  .map(([units, scale]) => {
    const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
    const point = scale > 0 ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits;
    return units < 0n ? `-${point}` : point;
  });

/** Values as projections give them, of each type. */
const usual: Record<ColumnType, fc.Arbitrary<Value>> = {
  uuid: fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
  ),
  text,
  smallint: fc.integer({ min: -32_768, max: 32_767 }),
  integer: fc.integer(),
  bigint: fc.maxSafeInteger(),
  numeric: fc.oneof(decimal, fc.integer()),
  timestamptz: fc.oneof(instant, fc.constantFrom('infinity', '-infinity')),
  date: instant.map((time) => time.slice(0, 10)),
  boolean: fc.boolean(),
  'text[]': fc.array(text, { maxLength: 5 }),
  'uuid[]': fc.array(fc.uuid(), { maxLength: 5 }),
  bytea: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  jsonb: fc.json({ noUnicodeString: true }),
};

/** And what looks like them: some of it Postgres reads as text, and some of it nobody does. */
const unusual: Record<string, readonly Value[]> = {
  uuid: [
    '{00000000-0000-0000-0000-00000000000a}',
    '0'.repeat(32),
    '0'.repeat(36),
    'g'.repeat(36),
    '',
    'ä'.repeat(36),
  ],
  text: ['a\u0000b', '\ud800', 'ä'.repeat(41), 7],
  smallint: [32_768, 1.5, '7'],
  integer: [2 ** 31, -(2 ** 31) - 1, NaN, 1.5, '12'],
  bigint: [2 ** 60, '9007199254740993', 1e300],
  numeric: [
    'NaN',
    'Infinity',
    '1e5',
    1e-7,
    1e21,
    '-0',
    '-0.00',
    '000.500',
    '.5',
    '5.',
    '-',
    '',
    '9'.repeat(70),
    '1_0',
  ],
  timestamptz: [
    '2026-03-01T12:00:00+02:00',
    '2026-03-01T12:00:00.123456Z',
    '2026-02-29T00:00:00.000Z',
    '2024-02-29T23:59:59.999Z',
    '2026-13-01T00:00:00.000Z',
    '2026-03-01T24:00:00.000Z',
    '2026-03-01T12:60:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '2026-03-01 12:00:00.000Z',
    '2026-03-01T12:00:00.0a0Z',
    'now-ish',
  ],
  date: ['2026-02-30', '2026-3-1', '0000-01-01', '1900-02-29', '2000-02-29', '20260301', '2026/03/01'],
  boolean: ['true', 'yes', 'maybe', 1],
  bytea: ['0', 'zz', 'ABCDEF'],
  jsonb: ['{', '{"a":"\\u0000"}', '', 7],
};

const types = Object.keys(usual) as ColumnType[];

describe('values in binary form', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  /** What the database makes of a parameter: its elements, or that they are no such values. */
  async function understood(type: ColumnType, parameter: Buffer | string): Promise<unknown> {
    try {
      const { rows } = await database.pool.query<{ element: string }>({
        text: `select ${type === 'bytea' ? `encode(element, 'hex')` : 'element::text'} as element
                 from unnest($1::${type.endsWith('[]') ? 'text' : type}[]) with ordinality given(element, place) order by place`,
        values: [parameter],
      });
      return rows.map(({ element }) => element);
    } catch (error) {
      return (error as { code: string }).code.slice(0, 2);
    }
  }

  it.each(types)('of type %s mean what they mean as text', (type) =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.option(usual[type])), async (values) => {
        const parameter = arrayParameter(values, type);
        expect(Buffer.isBuffer(parameter)).toBe(!type.endsWith('[]'));
        expect(await understood(type, parameter)).toEqual(await understood(type, arrayLiteral(values, type)));
      }),
      { numRuns: 30 },
    ),
  );

  it.each(types.flatMap((type) => (unusual[type] ?? []).map((value) => [type, value] as const)))(
    'of type %s: %p is what it is as text, also where it is none',
    async (type, value) =>
      expect(await understood(type, arrayParameter([null, value], type))).toEqual(
        await understood(type, arrayLiteral([null, value], type)),
      ),
  );

  it('are copied as they are as text', async () => {
    const columns = types.map((type, index) => ({ read: (row: Value[]) => row[index], type }));
    const list = types.map((type, index) => `"${index}" ${type}`).join(', ');
    const client = await database.pool.connect();
    const load = (table: string, format: string, bytes: Buffer[]) =>
      copied(client, `copy ${table} from stdin (format ${format})`, bytes);
    try {
      await client.query(
        `create temporary table as_binary (${list}); create temporary table as_text (${list})`,
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(...types.map((type) => fc.option(usual[type])))), async (rows) => {
          await client.query('truncate as_binary, as_text');
          await load('as_binary', 'binary', [COPY_BEGIN, copiedRows(columns, rows)!, COPY_END]);
          const lines = rows.map((row) =>
            columns.map(({ read, type }) => copyField(read(row), type)).join('\t'),
          );
          await load('as_text', 'text', [Buffer.from(lines.map((line) => `${line}\n`).join(''))]);
          const { rows: differing } = await client.query(
            `select * from (table as_binary except all table as_text) more union all (table as_text except all table as_binary)`,
          );
          expect(differing).toEqual([]);
          const { rows: counted } = await client.query<{ count: string }>('select count(*) from as_binary');
          expect(Number(counted[0]?.count)).toBe(rows.length);
        }),
        { numRuns: 40 },
      );
    } finally {
      client.release();
    }
  });

  it('in another form than the usual are left to text', () => {
    const columns = [{ read: (value: string) => value, type: 'timestamptz' as const }];
    expect(copiedRows(columns, ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00+02:00'])).toBeUndefined();
    // Nothing of the rows that were given up is left.
    expect(copiedRows(columns, [])).toEqual(Buffer.alloc(0));
  });
});
