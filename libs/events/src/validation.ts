import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { schemaOf, type EventType } from './event-type.js';
import { fieldName } from './unsafe-value.js';

/** What is wrong, and where: `data.lines.0.quantity`. Messages name fields and expectations, never values. */
export interface Violation {
  path: string;
  message: string;
}

const ajv = new Ajv({ strict: true, allowUnionTypes: true, verbose: true });
addFormats.default(ajv);
ajv.addKeyword({ keyword: 'personal', schemaType: 'boolean' });
ajv.addKeyword({ keyword: 'subjectReference', schemaType: 'boolean' });

const compiled = new WeakMap<object, ValidateFunction>();

function validator(type: EventType, version: number): ValidateFunction {
  const schema = schemaOf(type, version);
  if (!schema) throw new Error(`${type.name} has no version ${version}.`);
  let validate = compiled.get(schema);
  if (!validate) compiled.set(schema, (validate = ajv.compile(schema)));
  return validate;
}

const dotted = (pointer: string) =>
  pointer
    .split('/')
    .map((part) => part && fieldName(part.replaceAll('~1', '/').replaceAll('~0', '~')))
    .join('.');

function violation({ keyword, instancePath, params, message = '', parentSchema }: ErrorObject): Violation {
  const path = `data${dotted(instancePath)}`;
  if (keyword === 'required') {
    const missing = `${path}.${String(params.missingProperty)}`;
    return { path: missing, message: `${missing} is missing` };
  }
  if (keyword === 'additionalProperties') {
    const unknown = `${path}.${fieldName(String(params.additionalProperty))}`;
    const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {});
    return {
      path: unknown,
      message: `${unknown} is not known here${known.length ? `; known are ${known.join(', ')}` : ''}`,
    };
  }
  const allowed = keyword === 'enum' ? `: ${(params.allowedValues as unknown[]).join(', ')}` : '';
  const description = (parentSchema as { description?: string } | undefined)?.description;
  return { path, message: `${path} ${message}${allowed}${description ? ` (${description})` : ''}` };
}

/**
 * The first violation of a version's schema, or undefined when the data follow it. Nothing is coerced and no
 * default is filled in. Throws for a version that the type does not have.
 */
export function violationOf(type: EventType, version: number, data: unknown): Violation | undefined {
  const validate = validator(type, version);
  if (validate(data)) return undefined;
  const [error] = validate.errors ?? [];
  return error ? violation(error) : { path: 'data', message: 'data is not valid' };
}
