import { arrayParameter, COPY_BEGIN, COPY_END, copiedRows, type CopiedColumn } from '../storage/binary.js';
import { copyField, type Value } from '../storage/literal.js';
import type { FactTableDefinition } from './fact-table.js';
import { storedColumns, type CopyFormat, type StoredColumn } from './fact-table.sql.js';
import type { FoldedRow } from './fold.js';

/** Rows as COPY takes them at once. */
export interface Load {
  format: CopyFormat;
  pieces: Buffer[];
}

/** Rows of one format, without what stands around them. */
export interface Piece {
  format: CopyFormat;
  bytes: Buffer;
}

/** Makes the rows of one table into what is sent to the database. */
export class RowForm {
  private readonly columns: readonly CopiedColumn<FoldedRow>[];

  constructor(table: FactTableDefinition) {
    this.columns = storedColumns(table).map((column) => ({ read: reader(table, column), type: column.type }));
  }

  /** As the parameters of `upsertStatement`. */
  parameters(rows: readonly FoldedRow[]): (Buffer | string)[] {
    return this.columns.map(({ read, type }) => arrayParameter(rows.map(read), type));
  }

  /** For COPY: in its binary format, where all values have the usual form. */
  piece(rows: readonly FoldedRow[]): Piece {
    const bytes = copiedRows(this.columns, rows);
    return bytes ? { format: 'binary', bytes } : { format: 'text', bytes: Buffer.from(this.text(rows)) };
  }

  private text(rows: readonly FoldedRow[]): string {
    let text = '';
    for (const row of rows)
      text += `${this.columns.map(({ read, type }) => copyField(read(row), type)).join('\t')}\n`;
    return text;
  }
}

/** Reads the value of a stored column out of a folded row. */
function reader(table: FactTableDefinition, { column, stamp }: StoredColumn): (row: FoldedRow) => Value {
  const index = table.columns.indexOf(column);
  const { property } = column;
  if (stamp) return ({ stamps }) => stamps?.[index]?.toString();
  if (column.merge === 'sum') return ({ values }) => values[property] ?? 0;
  return ({ values }) => values[property];
}

/** Those of one format are loaded together. */
export function loadsOf(pieces: readonly Piece[]): Load[] {
  const of = (format: CopyFormat) =>
    pieces.filter((piece) => piece.format === format).map(({ bytes }) => bytes);
  const [binary, text] = [of('binary'), of('text')];
  const loads: Load[] = [];
  if (binary.length > 0) loads.push({ format: 'binary', pieces: [COPY_BEGIN, ...binary, COPY_END] });
  if (text.length > 0) loads.push({ format: 'text', pieces: text });
  return loads;
}
