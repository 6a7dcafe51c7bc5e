import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingProblem } from '../system/problem.js';
import { checkMapping, loadMapping, mappingJsonSchema, readyMappings } from './mapping.js';

it.each(readyMappings())('comes ready-made and valid: %s', (name) =>
  expect(loadMapping(name).source).toMatch(/^\/import\//),
);

it('is described by the JSON Schema beside the ready-made ones', () => {
  const file = new URL('../../mappings/mapping.schema.json', import.meta.url);
  // Stale? npx perennial mappings --schema > apps/cli/mappings/mapping.schema.json
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(mappingJsonSchema())));
});

const cdnow = () => structuredClone(loadMapping('cdnow')) as unknown as Record<string, object>;

it.each<[string, object, string]>([
  ['a field that there is not', { ...cdnow(), currancy: 'USD' }, 'currancy is not known here'],
  ['a field that is missing', { ...cdnow(), currency: undefined }, "required property 'currency'"],
  [
    'another kind of file',
    { ...cdnow(), format: { kind: 'xml', columns: ['a'] } },
    'format.kind: may be "csv"',
  ],
  [
    'a broken expression',
    { ...cdnow(), rules: [{ when: { a: { matches: '(' } }, as: 'order' }] },
    'must match format "regex"',
  ],
  ['no price', { ...cdnow(), line: { sku: 'CD' } }, 'either price or amount'],
  ['no object', [], 'must be object'],
])('says what is wrong: %s', (_, mapping, message) => {
  const valid = () => checkMapping(mapping, 'mine.json');
  expect(valid).toThrow('The mapping mine.json is not valid');
  expect(valid).toThrow(message);
  expect(valid).toThrow(expect.objectContaining({ exitCode: 78 }));
});

it('says nothing of the kinds of file that were not named', () =>
  expect(() => checkMapping({ ...cdnow(), format: { kind: 'csv' } }, 'mine.json')).toThrow(
    new SettingProblem(
      "The mapping mine.json is not valid:\n  format: must have required property 'columns'",
    ),
  ));

it.each<[string, object, string]>([
  [
    'a rule that rejects',
    { when: { a: { empty: true } }, reject: 'no-number' },
    "rules.1: must have required property 'message'",
  ],
  [
    'a rule of lines',
    { when: { a: { empty: true } }, as: 'order', wen: {} },
    'rules.1: wen is not known here',
  ],
  ['its condition', { when: { a: { emty: true } }, as: 'return' }, 'rules.1.when.a: emty is not known here'],
])('speaks of the rule that was meant: %s', (_, rule, message) => {
  const first = { when: { a: { empty: true } }, reject: 'empty', message: 'It is empty.' };
  expect(() => checkMapping({ ...cdnow(), rules: [first, rule] }, 'mine.json')).toThrow(
    new SettingProblem(`The mapping mine.json is not valid:\n  ${message}`),
  );
});

it('is read from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-mapping-'));
  const file = join(folder, 'mine.json');
  writeFileSync(file, JSON.stringify(cdnow()));
  expect(loadMapping(file)).toEqual(loadMapping('cdnow'));
  writeFileSync(file, '{');
  expect(() => loadMapping(file)).toThrow('is not JSON');
  rmSync(folder, { recursive: true });
  expect(() => loadMapping(file)).toThrow('neither a file nor one of cdnow, cdnow-sample, online-retail');
});
