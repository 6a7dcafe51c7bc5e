import type { Violation } from './validation.js';

/** Objects and arrays inside each other, the data themselves counted. */
const MAXIMUM_DEPTH = 32;
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const textProblem = (text: string): string | undefined => {
  if (text.includes('\0')) return 'contains the character U+0000';
  return text.isWellFormed() ? undefined : 'contains half of a surrogate pair';
};

/**
 * A key in a message or path. A key that does not look like a field's name may be a mail address or a telephone
 * number, and control characters would spoil a log line: it is shown as an ellipsis.
 */
export const fieldName = (key: string): string =>
  /^([a-z_$][\w$./~-]{0,63}|\d{1,6})$/i.test(key) ? key : '\u2026';

/**
 * The first value that parses as JSON but can't be stored, or can't be trusted in an object of ours: a number
 * beyond the range of a double, U+0000, half a surrogate pair, a key such as `__proto__`, nesting without end.
 */
export const unsafeValue = (value: unknown, path: string): Violation | undefined =>
  isSafe(value, 1) ? undefined : violation(value, path, 1);

const isSafeText = (text: string) => !text.includes('\0') && text.isWellFormed();

/** Says the same as `violation`, without naming places: most data are safe, and names cost more than looking. */
function isSafe(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isSafeText(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
    case 'undefined':
      return true;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > MAXIMUM_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isSafe(item, depth + 1));
  for (const key of Object.keys(value)) {
    if (RESERVED.has(key) || !isSafeText(key)) return false;
    if (!isSafe((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

function violation(value: unknown, path: string, depth: number): Violation | undefined {
  if (typeof value === 'string') {
    const problem = textProblem(value);
    return problem ? { path, message: `${path} ${problem}` } : undefined;
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : { path, message: `${path} is not a finite number` };
  }
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    return { path, message: `${path} is no JSON value` };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAXIMUM_DEPTH)
    return { path, message: `${path} is nested deeper than ${MAXIMUM_DEPTH} levels` };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const unsafe = violation(item, `${path}.${index}`, depth + 1);
      if (unsafe) return unsafe;
    }
    return undefined;
  }
  for (const [key, item] of Object.entries(value)) {
    const inner = `${path}.${fieldName(key)}`;
    const problem = RESERVED.has(key) ? 'is a reserved name' : textProblem(key) && 'has an unusable name';
    if (problem) return { path: inner, message: `${inner} ${problem}` };
    const unsafe = violation(item, inner, depth + 1);
    if (unsafe) return unsafe;
  }
  return undefined;
}
