import { Type, type TSchema } from 'typebox';
import { eventType } from './event-type.js';
import { Campaign, Fields, Instant, Money, OneOf, personal, SubjectReference, touch } from './schemas.js';
import { violationOf } from './validation.js';

const description = 'A field.';
/** What is wrong with a value under a schema. */
const problem = (schema: TSchema, value: unknown) => {
  const type = eventType('test.field', {
    version: 1,
    description,
    data: Fields({ value: schema }),
    example: { value: undefined },
  });
  return violationOf(type, 1, { value })?.path;
};

describe('money', () => {
  const amount = (text: unknown, negative = false) =>
    problem(Money({ description, negative }), { amount: text, currency: 'EUR' });

  it.each(['0', '12.50', '0.000001', '999999999999999'])('may be %s', (text) => {
    expect(amount(text)).toBeUndefined();
  });
  it.each(['', '.5', '1.', '1,50', '1e3', '+1', '0.0000001', '1000000000000000', ' 1', '1\n', 12.5])(
    'is not %j',
    (text) => {
      expect(amount(text)).toBe('data.value.amount');
    },
  );
  it('is below zero only where the schema says so', () => {
    expect(amount('-1.00')).toBe('data.value.amount');
    expect(amount('-1.00', true)).toBeUndefined();
  });
  it.each(['eur', 'EURO', ''])('has no currency %j', (currency) => {
    expect(problem(Money({ description }), { amount: '1', currency })).toBe('data.value.currency');
  });
});

it.each(['2026-03-04T18:00:00Z', '1900-01-01T00:00:00.123456789+05:30'])('%s is an instant', (time) => {
  expect(problem(Instant({ description }), time)).toBeUndefined();
});
it.each([
  '2026-03-04',
  '2026-03-04T18:00:00',
  '2026-03-04 18:00:00Z',
  '2026-02-30T00:00:00Z',
  '1899-12-31T00:00:00Z',
  '2016-12-31T23:59:60Z',
  '2026-03-04T18:00:00+01',
])('%s is no instant', (time) => {
  expect(problem(Instant({ description }), time)).toBe('data.value');
});

it('takes a referrer as a host name, so that no address with personal data comes in', () => {
  expect(problem(touch.referrer, 'search.example')).toBeUndefined();
  expect(problem(touch.referrer, 'https://search.example/?q=ann')).toBe('data.value');
});

it('takes of a campaign what it knows, and of a word list its words', () => {
  expect(problem(Campaign(), { name: 'spring', source: 'newsletter' })).toBeUndefined();
  expect(problem(Campaign(), { id: '7' })).toBe('data.value.id');
  expect(problem(OneOf(['login', 'form'], { description }), 'form')).toBeUndefined();
  expect(problem(OneOf(['login', 'form'], { description }), 'guess')).toBe('data.value');
});

it('takes a reference as published and as stored', () => {
  const reference = SubjectReference({ description });
  expect(problem(reference, 'email:ann@example.org')).toBeUndefined();
  expect(problem(reference, 'email:5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e')).toBeUndefined();
  expect(problem(reference, 'ann@example.org')).toBe('data.value');
});

it('names the place of a key with slashes as it is', () => {
  const schema = Type.Record(Type.String(), Type.Boolean());
  expect(problem(schema, { 'a/b~c': 1 })).toBe('data.value.a/b~c');
});

it('marks a copy: the schema that is marked stays as it was, and an optional field optional', () => {
  const plain = Type.Optional(Type.String());
  const marked = personal(plain);
  expect(marked).toMatchObject({ type: 'string', personal: true });
  expect(plain).not.toHaveProperty('personal');
  expect(Fields({ marked }).required ?? []).toEqual([]);
});
