/** Types a read-model column can have, in Postgres' own words. */
export type ColumnType =
  | 'uuid'
  | 'text'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'timestamptz'
  | 'date'
  | 'boolean'
  | 'text[]'
  | 'uuid[]'
  | 'bytea'
  | 'jsonb';

/** `placedAt` → `placed_at`. */
export const columnName = (property: string) =>
  property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

export const textLiteral = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * The column's type in a table definition. Text is compared by bytes everywhere: the order in which
 * `min` and `set` see two values must not depend on the locale of a server.
 */
export const columnDefinition = (type: ColumnType) =>
  type === 'text' ? 'text collate "C"' : type === 'text[]' ? 'text[] collate "C"' : type;
