import { BadLine } from './import.problem.js';
import type { ReadLine } from './line.reader.js';
import type { Mapping } from './mapping.schema.js';

/** One order, or one return, with the lines of the file that it was made of. */
export interface Invoice {
  kind: ReadLine['kind'];
  /** Of the order or the return. */
  id: string;
  /** In the sequence of the file. */
  lines: [ReadLine, ...ReadLine[]];
  /** Numbers of these lines in the file. */
  numbers: number[];
}

/**
 * Puts the lines of one invoice together. Which lines those are depends on the file alone, never on when it
 * is read or where an earlier reading stopped.
 */
export interface Invoices {
  /** Invoices that have begun and may get further lines. */
  readonly open: number;
  /**
   * Takes a line. Throws a BadLine if it doesn't go with its invoice. A line with `opens` false is left out
   * unless its invoice has begun before.
   */
  add(line: ReadLine, number: number, opens: boolean): void;
  /** Takes off the invoices that are complete when the file has been read up to this line. */
  complete(number: number): Invoice[];
}

export const invoicesOf = ({ order }: Mapping): Invoices =>
  order.lines === 'one' ? new SingleLines() : new ManyLines(order.within ?? 1000);

const keyOf = ({ kind, id }: Pick<ReadLine, 'kind' | 'id'>) => `${kind} ${id}`;

/** Each line is an invoice. Equal ids are numbered, so that two equal purchases stay two. */
class SingleLines implements Invoices {
  readonly open = 0;
  private readonly seen = new Map<string, number>();
  private ready: Invoice[] = [];

  add(line: ReadLine, number: number, opens: boolean): void {
    if (!opens) return;
    const key = keyOf(line);
    const occurrence = (this.seen.get(key) ?? 0) + 1;
    this.seen.set(key, occurrence);
    const id = occurrence === 1 ? line.id : `${line.id}/${occurrence}`;
    this.ready.push({ kind: line.kind, id, lines: [line], numbers: [number] });
  }

  complete(): Invoice[] {
    const { ready } = this;
    this.ready = [];
    return ready;
  }
}

/** Lines of one id are an invoice, with at most `within` other lines between two of them. */
class ManyLines implements Invoices {
  /** By key; the one that got a line last stands last. */
  private readonly begun = new Map<string, Invoice>();
  private readonly finished = new Set<string>();

  constructor(private readonly within: number) {}

  get open(): number {
    return this.begun.size;
  }

  add(line: ReadLine, number: number, opens: boolean): void {
    const key = keyOf(line);
    if (this.finished.has(key)) {
      throw new BadLine(
        'late-line',
        `More than ${this.within} lines stand between this line and its order's others (order.within in the mapping).`,
      );
    }
    const invoice = this.begun.get(key);
    if (!invoice && !opens) return;
    if (invoice) join(invoice, line, number);
    this.begun.delete(key);
    this.begun.set(key, invoice ?? { kind: line.kind, id: line.id, lines: [line], numbers: [number] });
  }

  complete(number: number): Invoice[] {
    const complete: Invoice[] = [];
    for (const [key, invoice] of this.begun) {
      if (number - invoice.numbers.at(-1)! <= this.within) break;
      this.begun.delete(key);
      this.finished.add(key);
      complete.push(invoice);
    }
    return complete;
  }
}

function join(invoice: Invoice, line: ReadLine, number: number): void {
  const [first] = invoice.lines;
  if (line.subject !== first.subject) {
    throw new BadLine('different-customer', 'An earlier line of the same order has another customer.');
  }
  if (line.currency !== first.currency) {
    throw new BadLine('different-currency', 'An earlier line of the same order has another currency.');
  }
  invoice.lines.push(line);
  invoice.numbers.push(number);
}
