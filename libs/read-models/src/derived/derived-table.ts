import { Entity as MappedEntity } from 'typeorm';
import { mapEntityColumn, type EntityClass } from '../facts/fact-table.js';
import { columnName, type ColumnType } from '../storage/column.js';

export interface DerivedColumn {
  property: string;
  name: string;
  type: ColumnType;
  comment: string;
  key: boolean;
}

export interface DerivedTableDefinition {
  kind: 'derived';
  entity: EntityClass;
  name: string;
  comment: string;
  version: number;
  /** The fact and derived tables that the query reads. */
  from: EntityClass[];
  columns: DerivedColumn[];
  indexes: string[][];
  /** One query whose columns stand in the order of the class's, with `any(:customers)` as its filter. */
  sql: string;
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
  from: EntityClass[];
  indexes?: string[][];
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
    if (!sql?.includes('any(:customers)'))
      throw new Error(
        `Derived table "${name}" needs a "static sql" that filters by "customer_id = any(:customers)".`,
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
      from: options.from,
      columns,
      indexes: (options.indexes ?? []).map((index) => index.map(columnName)),
      sql,
    });
    MappedEntity({ name, synchronize: false })(entity);
  };

export const derivedTableIfAny = (entity: object) => definitions.get(entity);
