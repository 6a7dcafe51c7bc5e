import { multiplyDecimals } from '@perennial/read-models';

const digits = new Map<string, number>();

/** How many decimals amounts of a currency usually have; 2 for one that nobody knows. */
function decimalsOf(currency: string): number {
  let known = digits.get(currency);
  if (known === undefined) digits.set(currency, (known = lookUp(currency)));
  return known;
}

function lookUp(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** A decimal with at least the decimals of its currency: 2.1 GBP is `2.10`. */
export function inCurrency(decimal: string, currency: string): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  const padded = fraction.padEnd(decimalsOf(currency), '0');
  return padded ? `${whole}.${padded}` : whole;
}

/** The decimal without its sign. */
export const withoutSign = (decimal: string): string => decimal.replace(/^-/, '');

export interface Pieces {
  quantity: string;
  /** Of one piece. */
  price: string;
}

/**
 * Shares an amount out over a whole number of pieces, above zero, so that pieces times price is the amount
 * again to the last digit: what doesn't divide makes some pieces one unit of the last decimal dearer
 * (1.00 over 3 pieces: 2 for 0.33, 1 for 0.34).
 */
export function shareOut(amount: string, pieces: string): Pieces[] {
  const scale = amount.split('.')[1]?.length ?? 0;
  const units = BigInt(amount.replace('.', ''));
  const number = BigInt(pieces);
  const sign = units < 0n ? -1n : 1n;
  const each = units / number;
  const dearer = (units % number) * sign;
  const unit = scale === 0 ? '1' : `0.${'1'.padStart(scale, '0')}`;
  const price = (of: bigint) => multiplyDecimals(of.toString(), unit);
  return [
    { quantity: number - dearer, price: price(each) },
    { quantity: dearer, price: price(each + sign) },
  ]
    .filter(({ quantity }) => quantity > 0n)
    .map((part) => ({ ...part, quantity: part.quantity.toString() }));
}
