import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { Type } from 'typebox';
import { catalogue, isDecision, isEventName } from '../catalogue.js';
import { eventType, olderVersion, type EventType } from '../event-type.js';
import { Fields, Money, personal, Text } from '../schemas.js';
import { definitions } from './catalogue-source.js';
import { documents } from './documents.js';

const root = new URL('../../../../', import.meta.url).pathname;
const folder = join(root, 'docs', 'events');
const types: Record<string, EventType> = catalogue;
const made = documents(definitions(join(root, 'libs/events/src')), types);
const parsed = (path: string) => JSON.parse(made.get(path) ?? 'null') as Record<string, unknown>;

it('are as the catalogue says; "npm run generate" makes them so', () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const stored = files.map((file) => join(file.parentPath, file.name).slice(folder.length + 1)).sort();
  expect(stored).toEqual([...made.keys()].sort());
  for (const path of stored) expect(readFileSync(join(folder, path), 'utf8')).toBe(made.get(path));
});

it('hold a schema that any validator of draft 7 understands', () => {
  const ajv = addFormats.default(new Ajv({ strict: false }));
  for (const type of Object.values(types)) {
    const validate = ajv.compile(parsed(`schemas/${type.name}.json`));
    expect(validate(type.example)).toBe(true);
    expect(validate({ ...type.example, mistyped: 1 })).toBe(false);
    expect(ajv.getSchema(`urn:perennial:event:${type.name}:${type.version}`)).toBe(validate);
  }
});

it('hold an AsyncAPI document whose references lead somewhere', () => {
  const document = parsed('asyncapi.json');
  const resolve = (reference: string): unknown =>
    reference.startsWith('#/')
      ? reference
          .slice(2)
          .split('/')
          .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document)
      : made.get(reference.replace('./', ''));
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference = '']) => reference,
  );
  expect(references.length).toBeGreaterThan(100);
  expect(references.filter((reference) => resolve(reference) === undefined)).toEqual([]);
});

it('let publishers send everything except decisions', () => {
  const { channels } = parsed('asyncapi.json') as { channels: Record<string, { messages: object }> };
  const inbound = Object.keys(channels.inbound?.messages ?? {});
  const events = Object.keys(channels.events?.messages ?? {});
  expect(events.filter((name) => !inbound.includes(name))).toEqual(
    Object.keys(catalogue).filter((name) => isEventName(name) && isDecision(name)),
  );
  expect(made.get('customers.merged.md')).not.toContain('curl');
});

it('show a type with its fields, versions and example', () => {
  const repaired = eventType('lamp.repaired', {
    version: 2,
    description: 'A lamp was repaired.',
    data: Fields({
      price: Money({ description: 'What it cost.' }),
      notes: Type.Array(Fields({ text: Type.Optional(personal(Text({ description: 'A | B.' }))) }), {
        description: 'Notes.',
      }),
    }),
    example: { price: { amount: '5.00', currency: 'EUR' }, notes: [{ text: 'Works.' }] },
    older: [
      olderVersion({
        version: 1,
        data: Fields({}),
        example: {},
        upcast: () => ({ price: { amount: '0', currency: 'EUR' }, notes: [] }),
      }),
    ],
  });
  const files = documents([{ name: 'lamp.repaired', constant: 'repaired', file: 'lamps/lamp-repaired.ts' }], {
    'lamp.repaired': repaired,
  });
  const page = files.get('lamp.repaired.md');
  expect(page).toContain('| `price` | [Money](README.md#money) | required | What it cost. |');
  expect(page).toContain('| `notes[].text` | string, at most 200 characters | personal | A \\| B. |');
  expect(page).toContain('still accepted: [1](schemas/lamp.repaired.v1.json)');
  expect(page).toContain('"dataversion": 2');
  expect(files.has('schemas/lamp.repaired.v1.json')).toBe(true);
  expect(files.get('README.md')).toContain('## lamps');
  expect(files.get('README.md')).toContain('### Money');
});
