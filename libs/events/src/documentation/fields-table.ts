import type { TSchema } from 'typebox';

interface SchemaNode {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, TSchema>;
  required?: string[];
  items?: TSchema;
  patternProperties?: Record<string, TSchema>;
  personal?: boolean;
  subjectReference?: boolean;
}

const valuesOf = (node: SchemaNode): SchemaNode | undefined => Object.values(node.patternProperties ?? {})[0];

const limits = (node: SchemaNode): string[] => [
  ...(node.exclusiveMinimum === undefined ? [] : [`more than ${node.exclusiveMinimum}`]),
  ...(node.minimum === undefined ? [] : [`from ${node.minimum}`]),
  ...(node.maximum === undefined ? [] : [`to ${node.maximum}`]),
  ...(node.maxLength === undefined ? [] : [`at most ${node.maxLength} characters`]),
  ...(node.minItems === undefined ? [] : [`at least ${node.minItems}`]),
  ...(node.maxItems === undefined ? [] : [`at most ${node.maxItems}`]),
];

/** A type in words: `list of Money`, `one of login, alias`, `string, at most 200 characters`. */
function words(node: SchemaNode): string {
  const named =
    node.title && node.properties ? `[${node.title}](README.md#${node.title.toLowerCase()})` : undefined;
  const base =
    named ??
    (node.enum && `one of ${node.enum.join(', ')}`) ??
    (node.const !== undefined ? `always ${JSON.stringify(node.const)}` : undefined) ??
    (node.subjectReference && 'subject') ??
    node.format ??
    (node.items && `list of ${words(node.items).split(',')[0]}`) ??
    (node.patternProperties && `map of ${words(valuesOf(node) ?? {})}`) ??
    node.type ??
    'anything';
  return [base, ...limits(node)].join(', ');
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function rows(node: SchemaNode, prefix: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, schema]) => {
    const field: SchemaNode = schema;
    const path = `${prefix}${name}`;
    const marks = [node.required?.includes(name) ? 'required' : '', field.personal ? 'personal' : ''];
    const row = [`\`${path}\``, words(field), marks.filter(Boolean).join(', '), field.description ?? ''];
    const line = `| ${row.map(cell).join(' | ')} |`;
    // A shape with a title is described once, on the index page.
    if (field.title) return [line];
    return [line, ...rows(field, `${path}.`), ...rows(field.items ?? {}, `${path}[].`)];
  });
}

/** The fields of an object as a Markdown table, inner ones after the field that holds them. */
export const fieldsTable = (schema: TSchema): string =>
  ['| field | type | | meaning |', '|---|---|---|---|', ...rows(schema, '')].join('\n');

/** Objects with a title, which several types share, by their title. */
export function sharedShapes(schemas: readonly TSchema[]): Map<string, TSchema> {
  const found = new Map<string, TSchema>();
  const visit = (schema: TSchema) => {
    const node: SchemaNode = schema;
    if (node.title && node.properties && !found.has(node.title)) found.set(node.title, schema);
    for (const inner of Object.values(node.properties ?? {})) visit(inner);
    if (node.items) visit(node.items);
  };
  for (const schema of schemas) visit(schema);
  return found;
}
