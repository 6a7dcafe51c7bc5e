import { keyOf, RequestProblem } from '@perennial/service';

const amount = /^-?\d{1,40}(\.\d{1,20})?$/;
const customer = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An amount, a customer and, if there is one, a third part of the key in the cursor of a list by amounts; nulls at its start.
 * Throws a problem (400) for what is not a cursor of the list.
 */
export function amountKeyOf(after: string | undefined, third?: RegExp): (string | null)[] {
  const parts = [amount, customer, ...(third ? [third] : [])];
  const key = keyOf(after, parts.length)?.map(String);
  if (key && !parts.every((part, index) => part.test(key[index]!)))
    throw new RequestProblem(400, 'invalid-cursor', '"after" is not the "next" of a page of this list.');
  return key ?? parts.map(() => null);
}

export const currencyPart = /^[A-Z]{3}$/;
