/**
 * Exact decimal arithmetic on decimal strings. The result keeps the larger scale of the two, as
 * Postgres' numeric does, so that a sum is the same text whether it was added here or there.
 */
interface Decimal {
  units: bigint;
  scale: number;
}

function parse(text: string): Decimal {
  const point = text.indexOf('.');
  if (point < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

function format({ units, scale }: Decimal): string {
  if (scale === 0) return units.toString();
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const rescaled = ({ units, scale }: Decimal, to: number) =>
  scale === to ? units : units * 10n ** BigInt(to - scale);

/** Sum of two decimal strings, exact. Throws SyntaxError when one is not a decimal. */
export function addDecimals(first: string, second: string): string {
  const a = parse(first);
  const b = parse(second);
  const scale = Math.max(a.scale, b.scale);
  return format({ units: rescaled(a, scale) + rescaled(b, scale), scale });
}

/** Product of a decimal string and a decimal string, exact; its scale is the sum of theirs. */
export function multiplyDecimals(first: string, second: string): string {
  const a = parse(first);
  const b = parse(second);
  return format({ units: a.units * b.units, scale: a.scale + b.scale });
}

/** Negative, zero or positive, as the first is less than, equal to or greater than the second. */
export function compareDecimals(first: string, second: string): number {
  const a = parse(first);
  const b = parse(second);
  const scale = Math.max(a.scale, b.scale);
  const difference = rescaled(a, scale) - rescaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
