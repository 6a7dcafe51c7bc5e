import { Column as EntityColumn, Entity as MappedEntity, PrimaryColumn } from 'typeorm';
import { columnName, type ColumnType } from '../storage/column.js';

/**
 * How two values of a column become one. All are associative and commutative, so that a row does not
 * depend on the order of the events that it is made from.
 * - `key`: rows with the same key are one row
 * - `sum`, `min`, `max`, `set`: what they say; absent values count as nothing
 * - `earliest`, `latest`: the value of the event with the least / greatest time, then id
 * - `value`: given by the key alone; only in tables whose key holds the event id
 */
export type Merge = 'key' | 'sum' | 'min' | 'max' | 'set' | 'earliest' | 'latest' | 'value';

export interface FactColumn {
  property: string;
  name: string;
  type: ColumnType;
  merge: Merge;
  comment: string;
  /** Whose value the library fills in when a projection leaves it out. */
  fills?: 'subjectId' | 'eventId';
}

/** A column that Postgres computes from the others of its row. */
export interface ComputedColumn {
  name: string;
  type: ColumnType;
  expression: string;
  comment: string;
}

export interface FactTableDefinition {
  entity: EntityClass;
  name: string;
  comment: string;
  columns: FactColumn[];
  computed: ComputedColumn[];
  /** Columns of each additional index. */
  indexes: string[][];
  /** Personal data: analysts see no view of it. */
  personal: boolean;
}

/** The class that describes a table's rows. */
export type EntityClass<Row extends object = object> = new () => Row;

const columnsOf = new WeakMap<object, FactColumn[]>();
const computedOf = new WeakMap<object, ComputedColumn[]>();
const definitions = new WeakMap<object, FactTableDefinition>();

/** Timestamps leave TypeORM as the ISO texts that they are everywhere else. */
const transformer = {
  timestamptz: { from: (value: Date | null) => value?.toISOString() ?? null, to: (value: unknown) => value },
};

/** The decorated property as TypeORM reads it, so that a service queries its tables through repositories. */
export function mapEntityColumn(
  target: object,
  column: { property: string; name: string; type: ColumnType; comment: string },
  key: boolean,
): void {
  const array = column.type.endsWith('[]');
  const options = {
    type: (array ? column.type.slice(0, -2) : column.type) as 'text',
    array,
    name: column.name,
    comment: column.comment,
    ...(column.type === 'timestamptz' ? { transformer: transformer.timestamptz } : {}),
  };
  (key ? PrimaryColumn(options) : EntityColumn({ ...options, nullable: true }))(target, column.property);
}

const factColumn =
  (merge: Merge, type: ColumnType, comment: string, fills?: FactColumn['fills']): PropertyDecorator =>
  (target, property) => {
    const column: FactColumn = {
      property: String(property),
      name: columnName(String(property)),
      type,
      merge,
      comment,
      fills,
    };
    const columns = columnsOf.get(target.constructor) ?? [];
    columnsOf.set(target.constructor, [...columns, column]);
    mapEntityColumn(target, column, merge === 'key');
  };

/** Part of what makes a row one row. */
export const Key = (type: ColumnType, comment: string) => factColumn('key', type, comment);
/** The subject that the row is about; filled in from the event. Part of the key. */
export const SubjectKey = (comment = 'who it is about; joins "subject"') =>
  factColumn('key', 'uuid', comment, 'subjectId');
/** The event that the row is made from; filled in. Makes the table append-only: one row an event. */
export const EventKey = (comment = 'the event it comes from') =>
  factColumn('key', 'uuid', comment, 'eventId');
/** Numbers of all events added up; 0 when none gave one. */
export const Sum = (type: 'integer' | 'bigint' | 'numeric', comment: string) =>
  factColumn('sum', type, comment);
export const Min = (type: ColumnType, comment: string) => factColumn('min', type, comment);
export const Max = (type: ColumnType, comment: string) => factColumn('max', type, comment);
/** The value of the first event, by event time, that gave one. */
export const Earliest = (type: ColumnType, comment: string) => factColumn('earliest', type, comment);
/** The value of the last event, by event time, that gave one. */
export const Latest = (type: ColumnType, comment: string) => factColumn('latest', type, comment);
/** All different values, sorted. */
export const SetOf = (type: 'text[]' | 'uuid[]', comment: string) => factColumn('set', type, comment);
/** A value of the one event that the row is made from. */
export const Value = (type: ColumnType, comment: string) => factColumn('value', type, comment);

/** A column that Postgres computes from the row's others: an SQL expression over column names. */
export const Computed =
  (type: ColumnType, expression: string, comment: string): PropertyDecorator =>
  (target, property) => {
    const column = {
      property: String(property),
      name: columnName(String(property)),
      type,
      expression,
      comment,
    };
    computedOf.set(target.constructor, [...(computedOf.get(target.constructor) ?? []), column]);
    mapEntityColumn(target, column, false);
  };

export interface FactTableOptions {
  comment: string;
  /** Property names of each additional index. */
  indexes?: string[][];
  /** Holds personal data: no view for analysts. */
  personal?: boolean;
}

/** Rows that are merged, column by column, from what single events contribute. */
export const FactTable =
  (name: string, options: FactTableOptions): ClassDecorator =>
  (entity) => {
    const columns = columnsOf.get(entity) ?? [];
    const keys = columns.filter(({ merge }) => merge === 'key');
    if (keys.length === 0)
      throw new Error(
        `Fact table "${name}" has no key: decorate a property with @Key, @SubjectKey or @EventKey.`,
      );
    if (columns.some(({ merge }) => merge === 'value') && !keys.some(({ fills }) => fills === 'eventId'))
      throw new Error(
        `Fact table "${name}" has a @Value column but no @EventKey: two events could give one row different values, and which one stays would depend on their order. Use @Latest or @Earliest.`,
      );
    definitions.set(entity, {
      entity: entity as unknown as EntityClass,
      name,
      comment: options.comment,
      columns,
      computed: computedOf.get(entity) ?? [],
      indexes: (options.indexes ?? []).map((index) => index.map(columnName)),
      personal: options.personal ?? false,
    });
    MappedEntity({ name, synchronize: false })(entity);
  };

/** The definition that @FactTable made. */
export function factTableOf(entity: object): FactTableDefinition {
  const definition = definitions.get(entity);
  if (!definition)
    throw new Error(`${(entity as { name?: string }).name ?? 'class'} is not decorated with @FactTable.`);
  return definition;
}

/** True for tables with rows of their own for every event: nothing is ever merged into a row. */
export const isAppendOnly = ({ columns }: FactTableDefinition): boolean =>
  columns.every(({ merge }) => merge === 'key' || merge === 'value') &&
  columns.some(({ fills }) => fills === 'eventId');
