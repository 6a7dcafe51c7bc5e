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

/** How much more it is to be of another kind than to lack a field, or have one too many. */
const OTHER_KIND = 10;

/** Of what could stand in one place, complaints of the alternatives that are nearest to what does: others are not meant. */
function telling(errors: readonly ErrorObject[]): ErrorObject[] {
  const far = errors
    .filter(({ keyword }) => keyword === 'anyOf')
    .flatMap((choice) => farFrom(choice, errors));
  return errors.filter((error) => error.keyword !== 'anyOf' && !far.includes(error));
}

/** Complaints of the alternatives of a choice that are farther than its nearest ones. */
function farFrom(
  { schemaPath, instancePath }: ErrorObject,
  errors: readonly ErrorObject[],
): readonly ErrorObject[] {
  const byAlternative = new Map<string, { distance: number; errors: ErrorObject[] }>();
  for (const error of errors) {
    const isHere = `${error.instancePath}/`.startsWith(`${instancePath}/`);
    if (!isHere || !error.schemaPath.startsWith(`${schemaPath}/`)) continue;
    const [alternative, ...place] = error.schemaPath.slice(schemaPath.length + 1).split('/');
    const known = byAlternative.get(alternative!) ?? { distance: 0, errors: [] };
    byAlternative.set(alternative!, known);
    known.errors.push(error);
    // What is wrong within one of its fields says nothing of which alternative is meant, but for what names its kind.
    if (place.length === 1) known.distance++;
    else if (error.keyword === 'const' && place.length === 3) known.distance += OTHER_KIND;
  }
  const alternatives = [...byAlternative.values()];
  const nearest = Math.min(...alternatives.map(({ distance }) => distance));
  return alternatives.flatMap((each) => (each.distance > nearest ? each.errors : []));
}

function explain(errors: readonly ErrorObject[]): string {
  const lines = telling(errors).map(({ instancePath, message = '', keyword, params }) => {
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
