import { Entity as MappedEntity } from 'typeorm';
import {
  factTableOf,
  mapEntityColumn,
  type EntityClass,
  type FactTableDefinition,
} from '../facts/fact-table.js';
import { columnName, type ColumnType } from '../storage/column.js';

export interface AggregateColumn {
  property: string;
  name: string;
  type: ColumnType;
  comment: string;
  key: boolean;
}

export interface AggregateTableDefinition {
  kind: 'aggregate';
  entity: EntityClass;
  name: string;
  comment: string;
  version: number;
  from: FactTableDefinition;
  columns: AggregateColumn[];
  indexes: string[][];
  /** Query over the rows of `from` that stand in `:rows`; groups by the keys, in the order of the class's columns. */
  sql: string;
}

const columnsOf = new WeakMap<object, AggregateColumn[]>();
const definitions = new WeakMap<object, AggregateTableDefinition>();

const aggregateColumn =
  (type: ColumnType, comment: string, key: boolean): PropertyDecorator =>
  (target, property) => {
    const column = { property: String(property), name: columnName(String(property)), type, comment, key };
    columnsOf.set(target.constructor, [...(columnsOf.get(target.constructor) ?? []), column]);
    mapEntityColumn(target, column, key);
  };

/** What the rows are counted by. */
export const GroupKey = (type: ColumnType, comment: string) => aggregateColumn(type, comment, true);
/** A count or sum over fact rows: whole numbers or numeric, so that adding and taking away is exact. */
export const Total = (type: 'integer' | 'bigint' | 'numeric', comment: string) =>
  aggregateColumn(type, comment, false);

export interface AggregateTableOptions {
  comment: string;
  /** The one fact table that is summed. */
  from: EntityClass;
  indexes?: string[][];
  version?: number;
}

/**
 * Sums over the rows of one fact table, over all customers: what a row adds is a function of that row
 * alone. When a batch changes rows, what they added before is taken away and what they add now is added,
 * so that an order told twice, corrected or cancelled counts as what it finally is, in any order.
 * The class's `static sql` reads from `:rows` in place of the table's name.
 */
export const AggregateTable =
  (name: string, options: AggregateTableOptions): ClassDecorator =>
  (entity) => {
    const sql = (entity as unknown as { sql?: string }).sql;
    if (!sql?.includes(':rows'))
      throw new Error(`Aggregate table "${name}" needs a "static sql" that reads "from :rows".`);
    const from = factTableOf(options.from);
    // Rows of such a table are written by one shard's owner only: what they added before can't change between reading and writing.
    if (!from.columns.some(({ fills }) => fills === 'subjectId'))
      throw new Error(
        `Aggregate table "${name}" sums "${from.name}", which has no @SubjectKey: two shards could write one row at once.`,
      );
    definitions.set(entity, {
      kind: 'aggregate',
      entity: entity as unknown as EntityClass,
      name,
      comment: options.comment,
      version: options.version ?? 1,
      from,
      columns: columnsOf.get(entity) ?? [],
      indexes: (options.indexes ?? []).map((index) => index.map(columnName)),
      sql,
    });
    MappedEntity({ name, synchronize: false })(entity);
  };

export const aggregateTableIfAny = (entity: object) => definitions.get(entity);
