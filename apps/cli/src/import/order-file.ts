import { readEvent } from '@perennial/events';
import { csvLines } from './csv.reader.js';
import { BadLine, FileProblem } from './import.problem.js';
import { ImportFile } from './import.file.js';
import { invoicesOf, type Invoice, type Invoices } from './invoices.js';
import { invoiceEvent, productEvent, productEventId, type OutgoingEvent } from './invoice.event.js';
import type { Line } from './line.js';
import { lineReader, type LineReader } from './line.reader.js';
import type { Format, Mapping } from './mapping.schema.js';
import type { Columns } from './template.js';
import { atPlaces, partedByBlanks, textLines } from './text-lines.reader.js';

/** What can't be imported, with all that is needed to correct it. */
export interface Rejection {
  /** Where it stands: `line 12`, or `lines 12, 13`. */
  reference: string;
  code: string;
  message: string;
  /** The values of the line by column, or the event that the lines make. */
  body: object;
}

export type Item =
  { event: OutgoingEvent; rejection?: undefined } | { event?: undefined; rejection: Rejection };

export interface OrderFileOptions {
  /** Only the orders that begin in so many first lines (without the header). */
  limit?: number;
  /** For the check of times: nothing may be more than a day ahead of it. */
  now: Date;
}

/** A file of orders, read by a mapping into events and rejections: the same ones each time it is read. */
export class OrderFile {
  /** Lines read so far, without the header. */
  lines = 0;
  /** Number of the last one, in the file. */
  private number = 0;
  private readonly listed = new Set<string>();
  private readonly invoices: Invoices;

  private constructor(
    private readonly file: ImportFile,
    private readonly mapping: Mapping,
    private readonly options: OrderFileOptions,
  ) {
    this.invoices = invoicesOf(mapping);
  }

  /** Which part of the file has been read, 0 to 1. */
  get part(): number {
    return this.file.partBefore(this.number);
  }

  /** Throws a UsageProblem, FileProblem or SettingProblem if nothing can be read by this mapping. */
  static async open(name: string, mapping: Mapping, options: OrderFileOptions): Promise<OrderFile> {
    // What is wrong with the mapping is said before the file is read.
    lineReader(mapping, places(columnNames(mapping.format)));
    return new OrderFile(await ImportFile.open(name), mapping, options);
  }

  /** All that the file holds, in its sequence. Throws a FileProblem where it can't be read further. */
  async *items(): AsyncGenerator<Item> {
    const { limit = Infinity } = this.options;
    let sheet: Sheet | undefined;
    for await (const line of this.read()) {
      if (!sheet) {
        sheet = this.sheet(line);
        if (sheet.hasHeader) continue;
      }
      const opens = this.lines < limit;
      if (!opens && this.invoices.open === 0) return;
      this.lines++;
      this.number = line.number;
      const rejection = this.take(line, sheet, opens);
      if (rejection) yield { rejection };
      for (const invoice of this.invoices.complete(line.number)) yield* this.itemsOf(invoice);
    }
    if (this.lines === 0)
      throw new FileProblem(`${this.file.name} has no lines${sheet ? ' but its header' : ''}.`);
    for (const invoice of this.invoices.complete(Infinity)) yield* this.itemsOf(invoice);
  }

  private read(): AsyncIterable<Line> {
    const { format } = this.mapping;
    const text = this.file.text(format.encoding);
    switch (format.kind) {
      case 'csv':
        return csvLines(text, format.delimiter);
      case 'blanks':
        return textLines(text, partedByBlanks);
      case 'fixed':
        return textLines(text, atPlaces(format.columns));
    }
  }

  /** What the columns are, told by the first line. */
  private sheet(first: Line): Sheet {
    const { format } = this.mapping;
    const needed = columnNames(format);
    const hasHeader = format.header ?? true;
    if (format.kind === 'fixed') return this.sheetOf(needed, hasHeader);
    if (!hasHeader) {
      if (first.values.length === needed.length) return this.sheetOf(needed, false);
      throw this.wrongColumns(
        first,
        `${first.values.length} columns, and the mapping names ${needed.join(', ')}`,
      );
    }
    const missing = needed.filter((name) => !first.values.includes(name));
    if (missing.length === 0) return this.sheetOf(first.values, true);
    throw this.wrongColumns(first, `no column ${missing.join(', ')}: the mapping expects its header there`);
  }

  private wrongColumns = (line: Line, what: string) =>
    new FileProblem(
      `${this.file.name} doesn't fit the mapping: line ${line.number} has ${what}. Is it the right mapping, and the right file?`,
    );

  private sheetOf(names: readonly string[], hasHeader: boolean): Sheet {
    const columns = places(names);
    return { names, hasHeader, read: lineReader(this.mapping, columns) };
  }

  private take(line: Line, sheet: Sheet, opens: boolean): Rejection | undefined {
    try {
      if (line.values.length !== sheet.names.length) {
        throw new BadLine(
          'wrong-columns',
          `The line has ${line.values.length} values, and there are ${sheet.names.length} columns.`,
        );
      }
      this.invoices.add(sheet.read(line.values), line.number, opens);
      return undefined;
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      return opens ? this.rejectedLine(line, sheet, error) : undefined;
    }
  }

  private *itemsOf(invoice: Invoice): Generator<Item> {
    const { source } = this.mapping;
    const event = invoiceEvent(invoice, source);
    const { rejection } = readEvent(event, this.options.now);
    if (rejection) {
      yield { rejection: this.rejectedInvoice(invoice, event, rejection) };
      return;
    }
    for (const line of invoice.lines) {
      if (!line.lists) continue;
      const id = productEventId(line.product);
      if (this.listed.has(id)) continue;
      this.listed.add(id);
      const listing = productEvent(line, source);
      // A name that is too long has been refused with the order's line above.
      yield { event: listing };
    }
    yield { event };
  }

  private rejectedLine({ number, values }: Line, { names }: Sheet, { code, message }: BadLine): Rejection {
    const body = Object.fromEntries(
      values.map((value, index) => [names[index] ?? `column ${index + 1}`, value]),
    );
    return { reference: `line ${number}`, code, message, body };
  }

  private rejectedInvoice(
    { numbers }: Invoice,
    event: OutgoingEvent,
    { code, message }: { code: string; message: string },
  ): Rejection {
    const reference =
      numbers.length === 1
        ? `line ${numbers[0]}`
        : `lines ${numbers.slice(0, 10).join(', ')}${numbers.length > 10 ? ' …' : ''}`;
    return { reference, code, message, body: event };
  }
}

/** What is known of a file after its first line. */
interface Sheet {
  names: readonly string[];
  hasHeader: boolean;
  read: LineReader;
}

const columnNames = (format: Format): string[] =>
  format.kind === 'fixed' ? format.columns.map(({ name }) => name) : format.columns;

const places = (names: readonly string[]): Columns => new Map(names.map((name, index) => [name, index]));
