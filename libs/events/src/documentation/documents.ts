import type { EventType } from '../event-type.js';
import { asyncApi } from './asyncapi.js';
import type { Definition } from './catalogue-source.js';
import { jsonSchema, schemaFile } from './json-schema.js';
import { eventPage, indexPage } from './pages.js';

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

const filesOf = (type: EventType): [path: string, text: string][] => [
  [`${type.name}.md`, eventPage(type)],
  [schemaFile(type), json(jsonSchema(type, type.version, type.data, type.example))],
  ...(type.older ?? []).map(({ version, data, example }): [string, string] => [
    schemaFile(type, version),
    json(jsonSchema(type, version, data, example)),
  ]),
];

/** Text of every file of `docs/events` by its path there. */
export function documents(
  definitions: readonly Definition[],
  types: Record<string, EventType>,
): ReadonlyMap<string, string> {
  const sorted = Object.values(types).sort((one, other) => (one.name < other.name ? -1 : 1));
  return new Map([
    ['README.md', indexPage(definitions, types)],
    ['asyncapi.json', json(asyncApi(sorted))],
    ...sorted.flatMap(filesOf),
  ]);
}
