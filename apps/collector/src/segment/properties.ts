import type { JsonObject } from '@perennial/events';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, or an empty one in place of anything else. */
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

const camelCase = (name: string) => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * A decimal as a string, of what a source sends for an amount: a number or the text of one. What is not a number is
 * returned as it is, for the schema to refuse.
 */
export function decimalOf(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : value;
  const isPlain = typeof text === 'string' && /^-?\d+(\.\d{1,6})?$/.test(text);
  if (isPlain) return text;
  const number = typeof text === 'string' && text !== '' ? Number(text) : text;
  if (typeof number !== 'number' || !Number.isFinite(number)) return String(value);
  // Six places are what money has here; a float's own error lies far behind them.
  return number.toFixed(6).replace(/\.?0+$/, '');
}

/** The properties of a call: names in snake_case or camelCase, numbers as numbers or as texts. */
export class Properties {
  constructor(private readonly values: JsonObject) {}

  /** The first of these names, in snake_case, that has a value. */
  value(...names: string[]): unknown {
    for (const name of names) {
      for (const spelling of [name, camelCase(name)]) {
        const value = Object.hasOwn(this.values, spelling) ? this.values[spelling] : undefined;
        if (value !== undefined && value !== null && value !== '') return value;
      }
    }
    return undefined;
  }

  /** An identifier, numbers too. Never cut: another id would be another thing. */
  id(...names: string[]): string | undefined {
    const value = this.value(...names);
    return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
  }

  /** A text for people, cut to what we keep. */
  text(maxLength: number, ...names: string[]): string | undefined {
    return this.id(...names)
      ?.slice(0, maxLength)
      .toWellFormed();
  }

  /** What is not a number is returned as it is, for the schema to refuse. */
  number(...names: string[]): unknown {
    const value = this.value(...names);
    return typeof value === 'string' && Number.isFinite(Number(value)) ? Number(value) : value;
  }

  /** A decimal as a string. */
  decimal(...names: string[]): string | undefined {
    const value = this.value(...names);
    return value === undefined ? undefined : decimalOf(value);
  }

  money(...names: string[]): { amount: string; currency: string } | undefined {
    const amount = this.decimal(...names);
    return amount === undefined ? undefined : { amount, currency: this.currency };
  }

  /** Segment's specification takes dollars where a call doesn't say. */
  get currency(): string {
    return this.id('currency')?.toUpperCase() ?? 'USD';
  }

  list(name: string): Properties[] {
    const value = this.value(name);
    return Array.isArray(value) ? value.map((item) => new Properties(objectOf(item))) : [];
  }
}
