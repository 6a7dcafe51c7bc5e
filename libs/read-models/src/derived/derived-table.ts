import { Entity as MappedEntity } from 'typeorm';
import { factTableOf, mapEntityColumn, type EntityClass } from '../facts/fact-table.js';
import { columnName, type ColumnType } from '../storage/column.js';

export interface DerivedColumn {
  property: string;
  name: string;
  type: ColumnType;
  comment: string;
  key: boolean;
}

/**
 * For a table whose rows are cut where a customer's rows of one fact table have a break: what comes shows only in the
 * unbroken sequence that it belongs to, so no more than that is computed again. Both times are names of columns.
 */
export interface Window {
  /** The fact table that is cut. */
  of: EntityClass;
  /** Its time. */
  at: string;
  /** A break is longer than this: an interval as PostgreSQL writes it. */
  gap: string;
  /** The derived table's own time: it lies within the sequence that a row is made of. */
  begins: string;
}

/** Some columns of a fact table: a change of the others shows nowhere. */
export interface Reading {
  entity: EntityClass;
  /** Property names. */
  columns: string[];
}

/** For `from`: the only columns of a fact table that a query names, besides its key. */
export const reading = <Row extends object>(
  entity: EntityClass<Row>,
  ...columns: (keyof Row & string)[]
): Reading => ({ entity, columns });

export interface DerivedTableDefinition {
  kind: 'derived';
  entity: EntityClass;
  name: string;
  comment: string;
  version: number;
  /** The fact and derived tables that the query reads. */
  from: EntityClass[];
  /** The columns that it reads of them, by their names, where these are not all. */
  reads: ReadonlyMap<EntityClass, string[]>;
  columns: DerivedColumn[];
  indexes: string[][];
  /**
   * One query whose columns stand in the order of the class's, with `any(:customers)` as its filter. With a window
   * it reads the facts of the window from `:window`, which also tells the `customer_id` of each.
   */
  sql: string;
  window?: Window;
}

const columnsOf = new WeakMap<object, DerivedColumn[]>();
const definitions = new WeakMap<object, DerivedTableDefinition>();

const derivedColumn =
  (type: ColumnType, comment: string, key: boolean): PropertyDecorator =>
  (target, property) => {
    const column = { property: String(property), name: columnName(String(property)), type, comment, key };
    columnsOf.set(target.constructor, [...(columnsOf.get(target.constructor) ?? []), column]);
    mapEntityColumn(target, column, key);
  };

/** The customer that the row is about. Part of the key. */
export const CustomerKey = (comment = 'the customer') => derivedColumn('uuid', comment, true);
/** A further part of the key of a derived table with several rows a customer. */
export const DerivedKey = (type: ColumnType, comment: string) => derivedColumn(type, comment, true);
export const Column = (type: ColumnType, options: { comment: string }) =>
  derivedColumn(type, options.comment, false);

export interface DerivedTableOptions {
  comment: string;
  from: (EntityClass | Reading)[];
  indexes?: string[][];
  /** Property names in place of names of columns. */
  window?: Window;
  /** Raise it when the meaning changes without the query's text changing. */
  version?: number;
}

/**
 * Rows that one SQL query, the class's `static sql`, computes from fact tables for a set of customers.
 * After a batch the customers that it touched are computed again, in the same transaction.
 */
export const DerivedTable =
  (name: string, options: DerivedTableOptions): ClassDecorator =>
  (entity) => {
    const sql = (entity as unknown as { sql?: string }).sql;
    const [placeholder, filter] = options.window
      ? [':window', 'reads the facts of its window "from :window"']
      : ['any(:customers)', 'filters by "customer_id = any(:customers)"'];
    if (!sql?.includes(placeholder))
      throw new Error(`Derived table "${name}" needs a "static sql" that ${filter}.`);
    if (options.window && options.from.length > 1)
      throw new Error(
        `Derived table "${name}" has a window, so it can read the facts of the window only: what else changes would be computed around other times.`,
      );
    const columns = columnsOf.get(entity) ?? [];
    if (columns[0]?.name !== 'customer_id' || !columns[0].key)
      throw new Error(`The first column of derived table "${name}" must be @CustomerKey() customerId.`);
    definitions.set(entity, {
      kind: 'derived',
      entity: entity as unknown as EntityClass,
      name,
      comment: options.comment,
      version: options.version ?? 1,
      from: options.from.map((source) => ('entity' in source ? source.entity : source)),
      reads: new Map(
        options.from.flatMap((source) =>
          'entity' in source ? [[source.entity, readsOf(name, source, sql)]] : [],
        ),
      ),
      columns,
      indexes: (options.indexes ?? []).map((index) => index.map(columnName)),
      sql,
      window: options.window && windowOf(name, options.window, columns),
    });
    MappedEntity({ name, synchronize: false })(entity);
  };

/** The columns by their names. Throws where the query seems to read others. */
function readsOf(name: string, { entity, columns }: Reading, sql: string): string[] {
  const others = factTableOf(entity).columns.filter(
    ({ property, merge }) => merge !== 'key' && !columns.includes(property),
  );
  const named = others.find((column) => new RegExp(`\\b${column.name}(_stamp)?\\b`).test(sql));
  if (named || /(select|,|\.)\s*\*/.test(sql))
    throw new Error(
      `Derived table "${name}" reads ${named ? `"${named.name}"` : '"*"'}: it must tell all columns of ${entity.name} that it reads.`,
    );
  return columns.map(columnName);
}

/** The window by names of columns. Throws where they are not there, or where the time of a row could change. */
function windowOf(name: string, window: Window, columns: readonly DerivedColumn[]): Window {
  const { of, at, begins } = window;
  const time = factTableOf(of).columns.find(({ property }) => property === at);
  if (time?.type !== 'timestamptz' || (time.merge !== 'key' && time.merge !== 'value'))
    throw new Error(
      `The window of derived table "${name}" needs a @Key or @Value of type timestamptz: "${at}" of ${of.name} is none, or may change.`,
    );
  const begin = columns.find(({ property }) => property === begins);
  if (begin?.type !== 'timestamptz')
    throw new Error(`The window of derived table "${name}" needs a column of type timestamptz: "${begins}".`);
  return { ...window, at: time.name, begins: begin.name };
}

export const derivedTableIfAny = (entity: object) => definitions.get(entity);
