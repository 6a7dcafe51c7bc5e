import type { ProjectedEvent } from '../event.js';
import { addDecimals, compareDecimals } from '../storage/decimal.js';
import type { ColumnType } from '../storage/column.js';
import type { Value } from '../storage/literal.js';
import type { FactColumn } from './fact-table.js';
import type { Facts } from './facts.js';

/** A folded row: values in the order of the table's columns, and the stamps of its dated columns. */
export interface FoldedRow {
  values: Value[];
  stamps: (string | undefined)[];
}

/** Text by bytes, as Postgres compares it under collation "C": UTF-16 order differs beyond the surrogates. */
export const compareText = (a: string, b: string) =>
  a === b
    ? 0
    : /[\ud800-\uffff]/.test(a + b)
      ? Buffer.compare(Buffer.from(a), Buffer.from(b))
      : a < b
        ? -1
        : a > b
          ? 1
          : 0;

function compare(a: Value, b: Value, type: ColumnType): number {
  if (type === 'numeric') return compareDecimals(String(a), String(b));
  if (type === 'text') return compareText(String(a), String(b));
  // ISO times of one form and UUIDs are ASCII.
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number(a) - Number(b);
}

const add = (a: Value, b: Value, type: ColumnType): Value =>
  type === 'numeric' ? addDecimals(String(a), String(b)) : Number(a) + Number(b);

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].sort(compareText);

const isDated = ({ merge }: FactColumn) => merge === 'latest' || merge === 'earliest';

/** Rows of one fact table, merged in memory from any number of events. */
export class Fold {
  private readonly columns: FactColumn[];
  private readonly keyColumns: number[];
  private readonly subjectColumn: number;
  readonly rows = new Map<string, FoldedRow>();
  /** Keys of rows that events of other subjects contributed to, so that they may lie on several shards. */
  readonly foreign = new Set<string>();

  constructor(private readonly facts: Facts) {
    this.columns = facts.table.columns;
    this.keyColumns = this.columns.flatMap(({ merge }, index) => (merge === 'key' ? [index] : []));
    this.subjectColumn = this.columns.findIndex(({ fills }) => fills === 'subjectId');
  }

  /** Subjects of the rows folded so far. */
  subjects(): Set<string> {
    const subjects = new Set<string>();
    if (this.subjectColumn >= 0)
      for (const { values } of this.rows.values()) subjects.add(values[this.subjectColumn] as string);
    return subjects;
  }

  wants(type: string): boolean {
    return this.facts.any !== undefined || this.facts.on.has(type);
  }

  /** What the event contributes; computed apart from merging, so that a projection that throws changes nothing. */
  project(event: ProjectedEvent): Record<string, unknown>[] {
    const rows: Record<string, unknown>[] = [];
    for (const projection of [this.facts.on.get(event.type), this.facts.any]) {
      const contributed = projection?.(event);
      if (contributed === undefined) continue;
      if (Array.isArray(contributed)) rows.push(...(contributed as Record<string, unknown>[]));
      else rows.push(contributed as Record<string, unknown>);
    }
    for (const row of rows) this.complete(row, event);
    return rows;
  }

  /** Merges what `project` answered. */
  merge(event: ProjectedEvent, contributions: readonly Record<string, unknown>[]): void {
    for (const contribution of contributions) {
      const key = this.keyOf(contribution);
      const row = this.rows.get(key);
      if (this.subjectColumn < 0 || contribution.subjectId !== event.subjectId) this.foreign.add(key);
      if (row) this.mergeInto(row, contribution, event);
      else
        this.rows.set(
          key,
          this.mergeInto({ values: new Array<Value>(this.columns.length), stamps: [] }, contribution, event),
        );
    }
  }

  private complete(row: Record<string, unknown>, event: ProjectedEvent): void {
    for (const { property, merge, fills } of this.columns) {
      if (fills && row[property] === undefined) row[property] = event[fills];
      if (merge === 'key' && (row[property] === undefined || row[property] === null))
        throw new Error(`${event.type} gave no ${property} for "${this.facts.table.name}"`);
    }
  }

  private keyOf(contribution: Record<string, unknown>): string {
    let key = '';
    for (const index of this.keyColumns)
      key += `${String(contribution[(this.columns[index] as FactColumn).property])}\u0000`;
    return key;
  }

  /** Merges a row that was folded elsewhere. */
  absorb(key: string, { values, stamps }: FoldedRow): void {
    const row = this.rows.get(key);
    if (!row) {
      this.rows.set(key, { values: [...values], stamps: [...stamps] });
      return;
    }
    for (let index = 0; index < this.columns.length; index++)
      if (values[index] !== undefined)
        mergeValue(row, index, this.columns[index] as FactColumn, values[index], stamps[index]);
  }

  clear(): void {
    this.rows.clear();
    this.foreign.clear();
  }

  private mergeInto(row: FoldedRow, contribution: Record<string, unknown>, event: ProjectedEvent): FoldedRow {
    for (let index = 0; index < this.columns.length; index++) {
      const column = this.columns[index] as FactColumn;
      const value = contribution[column.property] as Value;
      if (value !== undefined)
        mergeValue(row, index, column, value, isDated(column) ? event.stamp : undefined);
    }
    return row;
  }
}

/** Merges one value into a row, as the column's way of merging says. `stamp` is given for dated columns. */
function mergeValue(
  { values, stamps }: FoldedRow,
  index: number,
  column: FactColumn,
  value: Value,
  stamp: string | undefined,
): void {
  if (stamp !== undefined) {
    const dated = stamps[index];
    if (dated === undefined || (column.merge === 'latest' ? stamp > dated : stamp < dated)) {
      values[index] = value;
      stamps[index] = stamp;
    }
    return;
  }
  if (value === null) return;
  const known = values[index];
  if (known === undefined || known === null)
    values[index] = column.merge === 'set' ? union([], value as readonly string[]) : value;
  else if (column.merge === 'sum') values[index] = add(known, value, column.type);
  else if (column.merge === 'set')
    values[index] = union(known as readonly string[], value as readonly string[]);
  else if (column.merge === 'min' && compare(value, known, column.type) < 0) values[index] = value;
  else if (column.merge === 'max' && compare(value, known, column.type) > 0) values[index] = value;
}
