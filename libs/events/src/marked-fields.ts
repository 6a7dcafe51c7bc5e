import type { TSchema } from 'typebox';
import { catalogue, type EventName } from './catalogue.js';
import { schemaOf, type EventType, type JsonObject } from './event-type.js';

/** Gives what takes the place of a value; undefined removes the field. `path` is as in `personalPaths`. */
export type Replace = (value: unknown, path: string) => unknown;

type Mark = 'personal' | 'subjectReference';

/** Where marked values are, compiled from a schema once: the way to them, and nothing else. */
type Plan =
  | { at: 'value'; path: string }
  | { at: 'fields'; fields: readonly (readonly [string, Plan])[] }
  | { at: 'items' | 'values'; each: Plan };

interface SchemaNode {
  properties?: Record<string, TSchema>;
  items?: TSchema;
  patternProperties?: Record<string, TSchema>;
  additionalProperties?: TSchema | boolean;
}

function compile(schema: TSchema, mark: Mark, path: readonly string[]): Plan | undefined {
  if ((schema as Record<string, unknown>)[mark] === true) return { at: 'value', path: path.join('.') };
  const node: SchemaNode = schema;
  const inEach = (at: 'items' | 'values', inner: TSchema | boolean | undefined): Plan | undefined => {
    const each = typeof inner === 'object' ? compile(inner, mark, [...path, '*']) : undefined;
    return each && { at, each };
  };
  if (node.items) return inEach('items', node.items);
  if (!node.properties) {
    return inEach('values', Object.values(node.patternProperties ?? {})[0] ?? node.additionalProperties);
  }
  const fields = Object.entries(node.properties).flatMap(([name, inner]) => {
    const plan = compile(inner, mark, [...path, name]);
    return plan ? [[name, plan] as const] : [];
  });
  return fields.length ? { at: 'fields', fields } : undefined;
}

/** How many marks there are, wherever they are: none may be overlooked, for its values would not be sealed. */
const marksIn = (node: unknown, mark: Mark): number => {
  if (typeof node !== 'object' || node === null) return 0;
  if ((node as Record<string, unknown>)[mark] === true) return 1;
  return Object.values(node).reduce<number>((sum, inner) => sum + marksIn(inner, mark), 0);
};

const plans: Record<Mark, WeakMap<object, Plan | 'none'>> = {
  personal: new WeakMap(),
  subjectReference: new WeakMap(),
};

function planOf(type: EventType, version: number, mark: Mark): Plan | 'none' {
  const schema = schemaOf(type, version);
  if (!schema) throw new Error(`${type.name} has no version ${version}.`);
  let plan = plans[mark].get(schema);
  if (!plan) {
    plan = compile(schema, mark, []) ?? 'none';
    if (marksIn(schema, mark) !== (plan === 'none' ? 0 : pathsOf(plan).length)) {
      throw new Error(
        `${type.name} marks one alternative of a field as ${mark}, which can't be found in data: mark the whole field.`,
      );
    }
    plans[mark].set(schema, plan);
  }
  return plan;
}

const pathsOf = (plan: Plan): string[] => {
  if (plan.at === 'value') return [plan.path];
  return plan.at === 'fields' ? plan.fields.flatMap(([, inner]) => pathsOf(inner)) : pathsOf(plan.each);
};

function apply(plan: Plan, value: unknown, replace: Replace): unknown {
  if (plan.at === 'value') return replace(value, plan.path);
  if (typeof value !== 'object' || value === null) return value;
  if (plan.at === 'items') {
    // An item that is removed leaves null, so that the others keep their places.
    return Array.isArray(value) ? value.map((item) => apply(plan.each, item, replace) ?? null) : value;
  }
  const copy: JsonObject = { ...value };
  const inner =
    plan.at === 'fields' ? plan.fields : Object.keys(copy).map((name) => [name, plan.each] as const);
  for (const [name, field] of inner) {
    if (!Object.hasOwn(copy, name) || copy[name] === undefined) continue;
    const replaced = apply(field, copy[name], replace);
    if (replaced === undefined) Reflect.deleteProperty(copy, name);
    else copy[name] = replaced;
  }
  return copy;
}

/** Paths of the marked fields of a version, `*` for the items of a list or the values of a record. */
export const markedPaths = (type: EventType, mark: Mark, version = type.version): string[] => {
  const plan = planOf(type, version, mark);
  return plan === 'none' ? [] : pathsOf(plan);
};

/** A copy of the data with each marked value replaced; the data themselves if nothing is marked. */
export const mapMarked = (
  type: EventType,
  mark: Mark,
  data: JsonObject,
  replace: Replace,
  version = type.version,
): JsonObject => {
  const plan = planOf(type, version, mark);
  return plan === 'none' ? data : (apply(plan, data, replace) as JsonObject);
};

/** Paths of the personal fields of a type, e.g. `address` or `lines.*.engraving`; the current version unless told. */
export const personalPaths = (name: EventName, version?: number): string[] =>
  markedPaths(catalogue[name], 'personal', version);

/**
 * A copy of the data with each personal value replaced: sealed before it is stored, opened after it was read.
 * A personal object or list is one value. A type without personal fields gets the data themselves back.
 * `version` is the one that the data follow, the current one unless told.
 */
export const mapPersonal = (
  name: EventName,
  data: JsonObject,
  replace: Replace,
  version?: number,
): JsonObject => mapMarked(catalogue[name], 'personal', data, replace, version);

/** Likewise for references to other subjects (`identity.linked` has one). */
export const mapSubjectReferences = (
  name: EventName,
  data: JsonObject,
  replace: Replace,
  version?: number,
): JsonObject => mapMarked(catalogue[name], 'subjectReference', data, replace, version);
