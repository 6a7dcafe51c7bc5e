import { invalidCursor, keyOf, uuidPart } from '@perennial/service';

const amount = /^-?\d{1,40}(\.\d{1,20})?$/;

/**
 * An amount, a customer and, if there is one, a third part of the key in the cursor of a list by amounts; nulls at its start.
 * Throws a problem (400) for what is not a cursor of the list.
 */
export function amountKeyOf(after: string | undefined, third?: RegExp): (string | null)[] {
  const parts = [amount, uuidPart, ...(third ? [third] : [])];
  const key = keyOf(after, parts.length)?.map(String);
  if (key && !parts.every((part, index) => part.test(key[index]!))) throw invalidCursor();
  return key ?? parts.map(() => null);
}

export const currencyPart = /^[A-Z]{3}$/;
