import fc from 'fast-check';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import { integers, smallints, texts, timestamps, UnstorableValue, uuids } from './binary-array.js';

describe('binary arrays', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await testDatabase()));
  afterAll(() => database.drop());

  const read = async (type: string, array: Buffer): Promise<unknown> => {
    const { rows } = await database.pool.query<{ a: unknown }>(`select to_json($1::${type}[]) as a`, [array]);
    return rows[0]?.a;
  };
  const roundTrip = <Value>(
    type: string,
    encode: (values: readonly Value[]) => Buffer,
    value: fc.Arbitrary<Value>,
  ) =>
    fc.assert(
      fc.asyncProperty(fc.array(value), async (values) =>
        expect(await read(type, encode(values))).toEqual(values),
      ),
      { numRuns: 60 },
    );

  it('bring small integers', () =>
    roundTrip('smallint', smallints, fc.integer({ min: -32_768, max: 32_767 })));
  it('bring integers', () => roundTrip('integer', integers, fc.integer()));
  it('bring UUIDs', () => roundTrip('uuid', uuids, fc.uuid()));
  it('bring ASCII', () =>
    roundTrip(
      'text',
      texts,
      fc.string({
        unit: fc.integer({ min: 1, max: 127 }).map((code) => String.fromCharCode(code)),
        size: '+1',
      }),
    ));
  it('bring any text', () =>
    roundTrip(
      'text',
      texts,
      fc.string({ unit: 'binary', size: '+1' }).map((text) => text.replaceAll('\0', '')),
    ));
  it('bring texts of every length', () => {
    const values = Array.from({ length: 300 }, (_, n) => 'x'.repeat(n)).concat(
      'x'.repeat(4_095),
      'x'.repeat(4_096),
      'x'.repeat(70_000),
    );
    return expect(read('text', texts(values))).resolves.toEqual(values);
  });
  it('bring moments, far and near', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
        async (dates) => {
          const { rows } = await database.pool.query<{ ms: string }>(
            'select (extract(epoch from t) * 1000)::bigint as ms from unnest($1::timestamptz[]) t',
            [timestamps(dates.map((date) => date.toISOString()))],
          );
          expect(rows.map(({ ms }) => Number(ms))).toEqual(dates.map((date) => date.getTime()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    '',
    'x',
    '00000000-0000-0000-0000-00000000000',
    '00000000-0000-0000-0000-00000000000g',
    '0-000000-0000-0000-0000-000000000000',
    '000000000-000-0000-0000-000000000000',
  ])('refuse %j as a UUID', (text) => expect(() => uuids([text])).toThrow(UnstorableValue));
  it('refuse what is no time', () => expect(() => timestamps(['yesterday'])).toThrow(UnstorableValue));
});
