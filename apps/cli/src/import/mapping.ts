import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { SettingProblem } from '../system/problem.js';
import { MappingSchema, type Mapping } from './mapping.schema.js';

const folder = fileURLToPath(new URL('../../mappings/', import.meta.url));

const ajv = new Ajv({ strict: true, allErrors: true, discriminator: false });
addFormats.default(ajv);
const follows = ajv.compile<Mapping>(MappingSchema);

/** Names of the mappings that come with the program. */
export const readyMappings = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();

/** The mapping of this name, or in this file. Throws a SettingProblem that says what is wrong with it. */
export function loadMapping(nameOrFile: string): Mapping {
  const ready = readyMappings().includes(nameOrFile);
  const file = ready ? `${folder}${nameOrFile}.json` : nameOrFile;
  if (!existsSync(file)) {
    throw new SettingProblem(
      `There is no mapping "${nameOrFile}": it is neither a file nor one of ${readyMappings().join(', ')}.`,
    );
  }
  return checkMapping(parse(readFileSync(file, 'utf8'), nameOrFile), nameOrFile);
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SettingProblem(`The mapping ${name} is not JSON: ${(error as Error).message}.`);
  }
}

/** The value as a mapping. Throws a SettingProblem that names each field that is wrong. */
export function checkMapping(value: unknown, name: string): Mapping {
  if (!follows(value)) {
    throw new SettingProblem(`The mapping ${name} is not valid:\n${explain(follows.errors ?? [])}`);
  }
  const { price, amount } = value.line;
  if ((price === undefined) === (amount === undefined)) {
    throw new SettingProblem(`The mapping ${name} is not valid:\n  line: either price or amount is needed`);
  }
  return value;
}

/** Alternatives that are of another kind, where one is of the kind that was named: their complaints are nobody's. */
function otherKinds(errors: readonly ErrorObject[]): Set<string> {
  const alternatives = new Set(errors.flatMap(alternativeOf));
  const others = new Set(errors.filter(({ keyword }) => keyword === 'const').flatMap(alternativeOf));
  const choiceOf = (alternative: string) => alternative.slice(0, alternative.lastIndexOf('/'));
  const met = new Set([...alternatives].filter((each) => !others.has(each)).map(choiceOf));
  return new Set([...others].filter((each) => met.has(choiceOf(each))));
}

const alternativeOf = ({ schemaPath }: ErrorObject): string[] =>
  /^.*\/anyOf\/\d+/.exec(schemaPath)?.slice(0, 1) ?? [];

function explain(errors: readonly ErrorObject[]): string {
  const others = otherKinds(errors);
  const telling = errors.filter(
    (error) => error.keyword !== 'anyOf' && !alternativeOf(error).some((each) => others.has(each)),
  );
  const lines = telling.map(({ instancePath, message = '', keyword, params }) => {
    const path = instancePath.slice(1).replaceAll('/', '.') || 'the mapping';
    if (keyword === 'additionalProperties') {
      return `  ${path}: ${String(params.additionalProperty)} is not known here`;
    }
    if (keyword === 'enum')
      return `  ${path}: must be one of ${(params.allowedValues as unknown[]).join(' ')}`;
    if (keyword === 'const') return `  ${path}: may be ${JSON.stringify(params.allowedValue)}`;
    return `  ${path}: ${message}`;
  });
  return [...new Set(lines)].slice(0, 12).join('\n');
}

/** What `mappings/mapping.schema.json` says: JSON Schema, draft 7. */
export const mappingJsonSchema = (): object => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Mapping of an order file',
  ...MappingSchema,
});
