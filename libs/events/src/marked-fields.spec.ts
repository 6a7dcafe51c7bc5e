import fc from 'fast-check';
import { Type } from 'typebox';
import { catalogue, type EventName } from './catalogue.js';
import { eventType } from './event-type.js';
import { mapMarked, mapPersonal, mapSubjectReferences, markedPaths, personalPaths } from './marked-fields.js';
import { Fields, personal, Text } from './schemas.js';

const label = (description: string) => Text({ description });
const nested = eventType('test.nested', {
  version: 1,
  description: 'Marks at every place.',
  data: Fields({
    open: label('Not marked.'),
    secret: Type.Optional(personal(label('Marked.'))),
    whole: Type.Optional(personal(Fields({ inner: label('Inside.') }))),
    lines: Type.Array(Fields({ sku: label('Open.'), engraving: Type.Optional(personal(label('Marked.'))) })),
    notes: Type.Record(Type.String(), personal(label('Marked.'))),
    tags: Type.Optional(Type.Array(personal(label('Marked.')))),
  }),
  example: { open: 'a', lines: [{ sku: 'lamp' }], notes: {} },
});

it('lists the paths of personal fields', () => {
  expect(markedPaths(nested, 'personal')).toEqual([
    'secret',
    'whole',
    'lines.*.engraving',
    'notes.*',
    'tags.*',
  ]);
  expect(personalPaths('products.searched')).toEqual(['query']);
  expect(personalPaths('order.placed')).toEqual([]);
  expect(personalPaths('profile.updated')).toEqual([
    'email',
    'phone',
    'name',
    'firstName',
    'lastName',
    'birthday',
    'address',
    'company',
    'gender',
    'traits',
  ]);
});

it('replaces each personal value, and nothing else', () => {
  const data = {
    open: 'a',
    secret: 'b',
    whole: { inner: 'c' },
    lines: [{ sku: 'lamp', engraving: 'd' }, { sku: 'mug' }],
    notes: { 'x.y': 'e' },
    tags: ['f'],
  };
  expect(mapMarked(nested, 'personal', data, (value, path) => [path, value])).toEqual({
    open: 'a',
    secret: ['secret', 'b'],
    whole: ['whole', { inner: 'c' }],
    lines: [{ sku: 'lamp', engraving: ['lines.*.engraving', 'd'] }, { sku: 'mug' }],
    notes: { 'x.y': ['notes.*', 'e'] },
    tags: [['tags.*', 'f']],
  });
});

it('removes what is replaced by undefined; in a list it leaves null', () => {
  const data = { open: 'a', secret: 'b', lines: [], notes: { x: 'e' }, tags: ['f', 'g'] };
  expect(mapMarked(nested, 'personal', data, () => undefined)).toEqual({
    open: 'a',
    lines: [],
    notes: {},
    tags: [null, null],
  });
});

it('gives a type without personal fields its data back', () => {
  const data = catalogue['order.placed'].example;
  expect(mapPersonal('order.placed', data, () => 'never')).toBe(data);
});

it('replaces references to other subjects', () => {
  const data = { other: 'user:42', evidence: 'login' };
  expect(mapSubjectReferences('identity.linked', data, (value) => `${String(value)}!`)).toEqual({
    other: 'user:42!',
    evidence: 'login',
  });
  expect(data.other).toBe('user:42');
});

it.each([
  ['one alternative of a field', Type.Union([personal(Type.String()), Type.Number()])],
  ['a place of a tuple', Type.Tuple([Type.Number(), personal(Type.String())])],
  [
    'some keys of a record',
    Type.Object({ id: Type.String() }, { additionalProperties: personal(Type.String()) }),
  ],
])('refuses a mark on %s, which would be overlooked', (_where, field) => {
  const type = eventType('test.overlooked', {
    version: 1,
    description: 'Marks what is not looked at.',
    data: Fields({ field }),
    example: { field: undefined as never },
  });
  expect(() => markedPaths(type, 'personal')).toThrow('mark the whole field');
});

const text = fc.string({ minLength: 1, maxLength: 20 });
const required: ('open' | 'lines' | 'notes')[] = ['open', 'lines', 'notes'];
const nestedData = fc.record(
  {
    open: text,
    secret: text,
    whole: fc.record({ inner: text }),
    lines: fc.array(fc.record({ sku: text, engraving: text }, { requiredKeys: ['sku'] })),
    notes: fc.dictionary(text, text),
    tags: fc.array(text),
  },
  { requiredKeys: required },
);

it('can be undone: what is sealed and opened is what it was, and the original is untouched', () => {
  fc.assert(
    fc.property(nestedData, (data) => {
      const before = JSON.stringify(data);
      const sealed = mapMarked(nested, 'personal', data, (value) => ({ sealed: JSON.stringify(value) }));
      const opened = mapMarked(
        nested,
        'personal',
        sealed,
        (value) => JSON.parse((value as { sealed: string }).sealed) as unknown,
      );
      expect(JSON.stringify(opened)).toBe(before);
      expect(JSON.stringify(data)).toBe(before);
    }),
  );
});

it('leaves no personal value of any example in the sealed data', () => {
  for (const [name, type] of Object.entries(catalogue)) {
    const values: string[] = [];
    const sealed = mapPersonal(
      name as EventName,
      type.example,
      (value) => void values.push(JSON.stringify(value)),
    );
    for (const value of values) expect(JSON.stringify(sealed)).not.toContain(value);
    for (const path of personalPaths(name as EventName)) expect(sealed).not.toHaveProperty(path.split('.'));
  }
});
