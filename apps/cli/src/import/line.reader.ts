import { inCurrency, shareOut, withoutSign, type Pieces } from './amount.js';
import { predicate } from './condition.js';
import { BadLine } from './import.problem.js';
import type { Mapping } from './mapping.schema.js';
import { momentReader } from './moment.js';
import { numberReader } from './number.reader.js';
import { template, type Columns, type Row, type Template } from './template.js';

export interface Product {
  sku: string;
  name?: string;
  category?: string;
  brand?: string;
}

/** What one line says, by the mapping. */
export interface ReadLine {
  kind: 'order' | 'return';
  /** Of the order or the return. */
  id: string;
  subject: string;
  /** RFC 3339, UTC. */
  time: string;
  currency: string;
  channel?: string;
  product: Product;
  /** The line names its product as it is listed. */
  lists: boolean;
  charge: boolean;
  /** What was bought, or came back: quantities above zero. */
  pieces: Pieces[];
}

/** Reads a line's values. Throws a BadLine for a line that can't be, or by a rule shall not be, a part of an order. */
export type LineReader = (row: Row) => ReadLine;

/** A reader for a mapping and the columns of a file. Throws a SettingProblem if the mapping names what there is not. */
export function lineReader(mapping: Mapping, columns: Columns): LineReader {
  const fill = (text: string) => template(text, columns);
  const optional = (text: string | undefined) => (text === undefined ? () => '' : fill(text));
  const kindOf = kindReader(mapping, columns);
  const subjectOf = subjectReader(mapping, columns);
  const piecesOf = piecesReader(mapping, columns);
  const moment = momentReader(mapping.time.format, mapping.time.zone);
  const time = fill(mapping.time.value);
  const id = fill(mapping.order.id);
  const currency = fill(mapping.currency);
  const channel = optional(mapping.channel);
  const productOf = productReader(mapping, columns);
  const listed = listedReader(mapping, columns);
  const charged = mapping.line.charge
    ? predicate(mapping.line.charge, columns, numberReader(mapping.numbers))
    : () => false;

  return (row) => {
    const kind = kindOf(row);
    const placedAt = moment(time(row));
    if (!placedAt) throw new BadLine('invalid-time', `The time is not written as ${mapping.time.format}.`);
    const product = productOf(row);
    const charge = charged(row);
    const where = channel(row);
    return {
      kind,
      id: needed(id(row), 'missing-order-id', 'The line has no id of its order.'),
      subject: subjectOf(row),
      time: placedAt,
      currency: currency(row),
      ...(where && { channel: where }),
      product,
      lists: kind === 'order' && !charge && product.name !== undefined && listed(row),
      charge,
      pieces: piecesOf(row, kind, currency(row)),
    };
  };
}

function needed(value: string, code: string, message: string): string {
  if (value === '') throw new BadLine(code, message);
  return value;
}

function kindReader({ rules = [], numbers }: Mapping, columns: Columns): (row: Row) => ReadLine['kind'] {
  const read = numberReader(numbers);
  const compiled = rules.map((rule) => ({ rule, holds: predicate(rule.when, columns, read) }));
  return (row) => {
    const rule = compiled.find(({ holds }) => holds(row))?.rule;
    if (!rule) return 'order';
    if ('as' in rule) return rule.as;
    throw new BadLine(rule.reject, rule.message);
  };
}

function subjectReader({ subject, numbers }: Mapping, columns: Columns): Template {
  const read = numberReader(numbers);
  const choices = (typeof subject === 'string' ? [{ is: subject }] : subject).map(({ when, is }) => ({
    holds: when ? predicate(when, columns, read) : () => true,
    fill: template(is, columns),
  }));
  return (row) => {
    const choice = choices.find(({ holds }) => holds(row));
    if (!choice) throw new BadLine('no-subject', "None of the mapping's subjects is meant for this line.");
    return choice.fill(row);
  };
}

function productReader({ line }: Mapping, columns: Columns): (row: Row) => Product {
  const sku = template(line.sku, columns);
  const others = (['name', 'category', 'brand'] as const).flatMap((field) => {
    const text = line[field];
    return text === undefined ? [] : [{ field, fill: template(text, columns) }];
  });
  return (row) => {
    const product: Product = { sku: needed(sku(row), 'missing-sku', 'The line has no product code.') };
    for (const { field, fill } of others) {
      const value = fill(row);
      if (value) product[field] = value;
    }
    return product;
  };
}

function listedReader({ products = true, numbers }: Mapping, columns: Columns): (row: Row) => boolean {
  if (typeof products === 'boolean') return () => products;
  return predicate(products, columns, numberReader(numbers));
}

type PiecesReader = (row: Row, kind: ReadLine['kind'], currency: string) => Pieces[];

function piecesReader({ line, numbers }: Mapping, columns: Columns): PiecesReader {
  const read = numberReader(numbers);
  const decimal = (text: string, what: string) => {
    const fill = template(text, columns);
    return (row: Row) => {
      const number = read(fill(row));
      if (number === undefined) throw new BadLine(`invalid-${what}`, `The ${what} is not a number.`);
      return number;
    };
  };
  const quantityOf = line.quantity === undefined ? () => '1' : decimal(line.quantity, 'quantity');
  const isAmount = line.amount !== undefined;
  const moneyOf = decimal(line.amount ?? line.price ?? '', isAmount ? 'amount' : 'price');

  return (row, kind, currency) => {
    const stated = quantityOf(row);
    const quantity = kind === 'return' ? withoutSign(stated) : stated;
    if (quantity.startsWith('-') || !/[1-9]/.test(quantity)) {
      throw new BadLine('invalid-quantity', 'The quantity is not above zero.');
    }
    const money = inCurrency(moneyOf(row), currency);
    const paid = kind === 'return' && isAmount ? withoutSign(money) : money;
    if (!isAmount) return [{ quantity, price: paid }];
    if (quantity.includes('.')) {
      throw new BadLine(
        'invalid-quantity',
        'The quantity is not a whole number, as an amount is to be shared out.',
      );
    }
    return shareOut(paid, quantity);
  };
}
