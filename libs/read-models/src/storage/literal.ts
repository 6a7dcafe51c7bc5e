import type { ColumnType } from './column.js';

/** A value of a fact row: text for everything but numbers, booleans and arrays. */
export type Value = string | number | boolean | null | undefined | readonly string[];

const needsQuotes = new Set<ColumnType>(['text', 'jsonb', 'text[]', 'uuid[]', 'bytea']);
const copyEscapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const quotedElement = (text: string) =>
  /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;

/** The text that Postgres reads as this value. */
function asText(value: Exclude<Value, null | undefined>, type: ColumnType): string {
  if (typeof value === 'string') return type === 'bytea' ? `\\x${value}` : value;
  return Array.isArray(value)
    ? `{${value.map((element: string) => quotedElement(element)).join(',')}}`
    : String(value);
}

/**
 * One column of many rows as a Postgres array literal, for `unnest($1::type[])`. Ours is several times
 * as fast as the driver's, which has to look at the type of every element.
 */
export function arrayLiteral(values: readonly Value[], type: ColumnType): string {
  const quote = needsQuotes.has(type);
  const elements = values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    return quote ? quotedElement(asText(value, type)) : asText(value, type);
  });
  return `{${elements.join(',')}}`;
}

/** One field of a line in COPY's text format. */
export function copyField(value: Value, type: ColumnType): string {
  if (value === null || value === undefined) return '\\N';
  const text = asText(value, type);
  if (!needsQuotes.has(type)) return text;
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => copyEscapes[character]!) : text;
}
