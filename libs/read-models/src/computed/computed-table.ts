import type pg from 'pg';
import type { EntityClass } from '../facts/fact-table.js';
import { columnDefinition, quoted, type ColumnType } from '../storage/column.js';

export interface ComputedColumn {
  name: string;
  type: ColumnType;
  comment: string;
}

/**
 * Rows that code computes from other tables, because SQL can't say it or a batch must not wait for it. A batch
 * leaves them as they are; the service keeps them up after it has committed. They depend on the rows that
 * they are computed from and on nothing else, so they are rebuilt and verified like all others.
 */
export interface ComputedTable {
  name: string;
  comment: string;
  /** Raise it when what `fill` computes changes. */
  version: number;
  /** The fact and derived tables that it is computed from. */
  from: EntityClass[];
  /** The first ones are the key, as many as `keys` says. */
  columns: ComputedColumn[];
  keys: number;
  /** Names of the columns of each additional index. */
  indexes?: string[][];
  /**
   * Fills the empty table of this name (quoted, with its schema), in a transaction whose search path finds the
   * tables that it reads.
   */
  fill(client: pg.ClientBase, table: string): Promise<void>;
  /** Computes what the live table has not caught up with, in a transaction that keeps all writers waiting. */
  settle(client: pg.ClientBase): Promise<void>;
}

export function createComputedTable({ name, columns, keys }: ComputedTable, schema: string): string {
  const definitions = columns.map(
    (column, index) =>
      `${quoted(column.name)} ${columnDefinition(column.type)}${index < keys ? ' not null' : ''}`,
  );
  return `create table ${schema}.${quoted(name)} (${definitions.join(', ')})`;
}

export function indexComputedTable(
  { name, columns, keys, indexes = [] }: ComputedTable,
  schema: string,
): string[] {
  const on = `${schema}.${quoted(name)}`;
  const list = (names: readonly string[]) => names.map(quoted).join(', ');
  return [
    `alter table ${on} add primary key (${list(columns.slice(0, keys).map((column) => column.name))})`,
    ...indexes.map((index) => `create index on ${on} (${list(index)})`),
  ];
}
