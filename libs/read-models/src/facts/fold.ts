import { Stamp, type ProjectedEvent } from '../event.js';
import { addDecimals, compareDecimals } from '../storage/decimal.js';
import type { ColumnType } from '../storage/column.js';
import type { Value } from '../storage/literal.js';
import type { FactColumn } from './fact-table.js';
import { isAppendOnly } from './fact-table.js';
import { ERASURE, type Facts } from './facts.js';
import { loadsOf, RowForm, type Load, type Piece } from './row-form.js';
import { ALWAYS, spanned, type Stretch } from './stretch.js';

/** A folded row: its values by property, and the stamps of its dated columns in the order of the table's columns. */
export interface FoldedRow {
  values: Record<string, Value>;
  stamps?: (Stamp | undefined)[];
}

/** By UTF-16 code units: right for what is ASCII, and good enough where only one sequence for all is wanted. */
const byCode = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Text by bytes, as Postgres compares it under collation "C": UTF-16 order differs beyond the surrogates. */
export const compareText = (a: string, b: string) =>
  a === b ? 0 : /[\ud800-\uffff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : byCode(a, b);

function compare(a: Value, b: Value, type: ColumnType): number {
  if (type === 'numeric') return compareDecimals(String(a), String(b));
  if (type === 'text') return compareText(String(a), String(b));
  // ISO times of one form and UUIDs are ASCII.
  if (typeof a === 'string' && typeof b === 'string') return byCode(a, b);
  return Number(a) - Number(b);
}

const add = (a: Value, b: Value, type: ColumnType): Value =>
  type === 'numeric' ? addDecimals(String(a), String(b)) : Number(a) + Number(b);

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].sort(compareText);

const isDated = ({ merge }: FactColumn) => merge === 'latest' || merge === 'earliest';

/**
 * From how many rows on COPY is quicker than one INSERT of arrays. So many rows that nothing is merged into become bytes
 * together: as objects they would fill the memory until they are written.
 */
export const COPY_FROM_ROWS = 500;

/** Rows of one fact table, merged in memory from any number of events. */
export class Fold {
  private readonly columns: readonly FactColumn[];
  private readonly keys: readonly string[];
  private readonly filled: readonly FactColumn[];
  private readonly isDated: boolean;
  private readonly sets: readonly string[];
  private readonly bySubject: boolean;
  private readonly merged = new Map<string, FoldedRow>();
  /** Rows of tables with rows of their own for every event: there is nothing to look up. */
  private readonly appended: FoldedRow[] = [];
  private readonly isAppendOnly: boolean;
  /** Earlier ones of them, as they are loaded, and what they are about. */
  private pieces: Piece[] = [];
  private rowsInPieces = 0;
  private readonly stretchesInPieces = new Map<string, Stretch>();
  /** The rest of the rows, made ready to be written. */
  private ready?: { piece: Piece } | { parameters: (Buffer | string)[] };
  private readonly form: RowForm;
  /** Keys of rows that events of other subjects contributed to, so that they may lie on several shards. */
  private readonly foreign = new Set<string>();

  constructor(private readonly facts: Facts) {
    this.columns = facts.table.columns;
    this.keys = this.columns.filter(({ merge }) => merge === 'key').map(({ property }) => property);
    this.filled = this.columns.filter(({ fills }) => fills !== undefined);
    this.isDated = this.columns.some(isDated);
    this.sets = this.columns.filter(({ merge }) => merge === 'set').map(({ property }) => property);
    this.bySubject = this.columns.some(({ fills }) => fills === 'subjectId');
    this.isAppendOnly = isAppendOnly(facts.table);
    this.form = new RowForm(facts.table);
  }

  get size(): number {
    return this.merged.size + this.appended.length + this.rowsInPieces;
  }

  /** Makes ready what will be written, so that the transaction need not wait for it; void when anything else is merged. */
  prepare(): void {
    if (this.size === 0) return;
    this.ready = this.isLoaded ? { piece: this.remainingPiece() } : { parameters: this.parameters() };
  }

  /** Whether its rows are loaded by COPY: many that nothing is ever merged into. */
  get isLoaded(): boolean {
    return this.isAppendOnly && this.size >= COPY_FROM_ROWS;
  }

  /** All of it for COPY. */
  loads(): Load[] {
    const { ready } = this;
    return loadsOf([...this.pieces, ready && 'piece' in ready ? ready.piece : this.remainingPiece()]);
  }

  /** The rows as the parameters of `upsertStatement`. */
  parameters(): (Buffer | string)[] {
    const { ready } = this;
    return ready && 'parameters' in ready ? ready.parameters : this.form.parameters(this.rows());
  }

  private remainingPiece(): Piece {
    return this.form.piece(this.remainingRows());
  }

  /** The rows, those that can be merged sorted by key. Never of a fold that is large enough for COPY, unless it is summed. */
  rows(): FoldedRow[] {
    if (this.rowsInPieces > 0)
      throw new Error(`Rows of "${this.facts.table.name}" are made ready for COPY already.`);
    return this.remainingRows();
  }

  private remainingRows(): FoldedRow[] {
    if (this.merged.size === 0) return this.appended.slice();
    const sorted = [...this.merged.keys()].sort(byCode).map((key) => this.merged.get(key)!);
    return this.appended.length === 0 ? sorted : [...sorted, ...this.appended];
  }

  /** What the rows folded so far are about: the stretch of time of each subject, ALWAYS in a table that is not timed. */
  stretches(): Map<string, Stretch> {
    const stretches = new Map(this.stretchesInPieces);
    this.span(this.merged.values(), stretches);
    this.span(this.appended, stretches);
    return stretches;
  }

  private span(rows: Iterable<FoldedRow>, into: Map<string, Stretch>): void {
    if (!this.bySubject) return;
    const { timed } = this.facts;
    for (const { values } of rows) {
      const subjectId = values.subjectId as string;
      const at = timed === undefined ? undefined : (values[timed] as string);
      into.set(subjectId, at === undefined ? ALWAYS : spanned(into.get(subjectId), { since: at, until: at }));
    }
  }

  wants(type: string): boolean {
    const { on, any, alongside } = this.facts;
    return any !== undefined || alongside !== undefined || on.has(type);
  }

  /** What the event contributes; computed apart from merging, so that a projection that throws changes nothing. */
  project(event: ProjectedEvent): Record<string, Value>[] {
    const rows: Record<string, Value>[] = [];
    this.collect(rows, this.facts.on.get(event.type)?.(event));
    this.collect(rows, this.facts.any?.(event));
    this.collect(rows, this.facts.alongside?.(event));
    for (const row of rows) this.complete(row, event);
    return rows;
  }

  /** Merges what `project` answered. */
  merge(event: ProjectedEvent, contributions: readonly Record<string, Value>[]): void {
    this.ready = undefined;
    for (const contribution of contributions) {
      if (this.isAppendOnly && contributions.length === 1) {
        this.append({ values: contribution });
        continue;
      }
      const key = this.keyOf(contribution);
      const row = this.merged.get(key);
      if (!this.bySubject || contribution.subjectId !== event.subjectId) this.foreign.add(key);
      const stamp = this.isDated ? this.stampOf(event) : undefined;
      if (row) this.mergeInto(row, contribution, stamp);
      else this.merged.set(key, this.begin(contribution, stamp));
    }
  }

  /** Hands over the rows that may have parts on other shards. */
  takeForeign(to: Fold): void {
    this.ready = undefined;
    for (const key of this.foreign) {
      to.absorb(key, this.merged.get(key)!);
      this.merged.delete(key);
    }
    this.foreign.clear();
  }

  clear(): void {
    this.ready = undefined;
    this.merged.clear();
    this.appended.length = 0;
    this.foreign.clear();
    this.pieces = [];
    this.rowsInPieces = 0;
    this.stretchesInPieces.clear();
  }

  /** What is forgotten is forgotten for ever: no statement is later than that. */
  private stampOf(event: ProjectedEvent): Stamp {
    return this.facts.opens && event.type === ERASURE ? Stamp.end : event.stamp;
  }

  private append(row: FoldedRow): void {
    this.appended.push(row);
    if (this.facts.summed || this.appended.length < COPY_FROM_ROWS) return;
    this.span(this.appended, this.stretchesInPieces);
    this.pieces.push(this.form.piece(this.appended));
    this.rowsInPieces += this.appended.length;
    this.appended.length = 0;
  }

  /** Merges a row that was folded elsewhere. */
  private absorb(key: string, row: FoldedRow): void {
    const known = this.merged.get(key);
    if (known) this.mergeInto(known, row.values, row.stamps);
    else this.merged.set(key, row);
  }

  private collect(rows: Record<string, Value>[], contributed: ReturnType<NonNullable<Facts['any']>>): void {
    if (contributed === undefined) return;
    if (Array.isArray(contributed)) for (const row of contributed as Record<string, Value>[]) rows.push(row);
    else rows.push(contributed as Record<string, Value>);
  }

  private complete(row: Record<string, Value>, event: ProjectedEvent): void {
    for (const { property, fills } of this.filled)
      if (row[property] === undefined) row[property] = event[fills!];
    for (const property of this.keys)
      if (row[property] === undefined || row[property] === null)
        throw new Error(`${event.type} gave no ${property} for "${this.facts.table.name}"`);
  }

  private keyOf(contribution: Record<string, Value>): string {
    if (this.keys.length === 1) return String(contribution[this.keys[0]!]);
    let key = '';
    for (const property of this.keys) key += `${String(contribution[property])}\u0000`;
    return key;
  }

  /** The first contribution is the row. */
  private begin(contribution: Record<string, Value>, stamp: Stamp | undefined): FoldedRow {
    for (const property of this.sets) {
      const set = contribution[property] as readonly string[] | null | undefined;
      if (set) contribution[property] = union([], set);
    }
    if (!stamp) return { values: contribution };
    const stamps = this.columns.map((column) =>
      isDated(column) && contribution[column.property] !== undefined ? stamp : undefined,
    );
    return { values: contribution, stamps };
  }

  /** `stamps`: one of the event, or those of a row folded elsewhere. */
  private mergeInto(
    row: FoldedRow,
    values: Record<string, Value>,
    stamps: Stamp | FoldedRow['stamps'],
  ): void {
    for (let index = 0; index < this.columns.length; index++) {
      const column = this.columns[index]!;
      const value = values[column.property];
      if (value === undefined || column.merge === 'key') continue;
      if (isDated(column))
        mergeDated(row, index, column, value, Array.isArray(stamps) ? stamps[index]! : (stamps as Stamp));
      else if (value !== null) mergeValue(row.values, column, value);
    }
  }
}

function mergeDated(
  { values, stamps }: FoldedRow,
  index: number,
  { property, merge }: FactColumn,
  value: Value,
  stamp: Stamp,
): void {
  const dated = stamps![index];
  if (dated !== undefined && !(merge === 'latest' ? dated.isBefore(stamp) : stamp.isBefore(dated))) return;
  values[property] = value;
  stamps![index] = stamp;
}

function mergeValue(
  values: Record<string, Value>,
  { property, merge, type }: FactColumn,
  value: Value,
): void {
  const known = values[property];
  if (known === undefined || known === null)
    values[property] = merge === 'set' ? union([], value as readonly string[]) : value;
  else if (merge === 'sum') values[property] = add(known, value, type);
  else if (merge === 'set') values[property] = union(known as readonly string[], value as readonly string[]);
  else if (merge === 'min' && compare(value, known, type) < 0) values[property] = value;
  else if (merge === 'max' && compare(value, known, type) > 0) values[property] = value;
}
