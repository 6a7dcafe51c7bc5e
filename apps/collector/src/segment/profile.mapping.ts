import type { JsonObject } from '@perennial/events';
import { objectOf, Properties } from './properties.js';
import type { Said, SegmentCall } from './segment-call.js';

const textUpTo =
  (maxLength: number) =>
  (value: unknown): string | undefined => {
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' && text.length <= maxLength ? text : undefined;
  };

const mail = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(value.trim())
    ? value.trim()
    : undefined;

/** A day, of a day or a moment; a day that there is not stays among the other traits. */
const day = (value: unknown): string | undefined => {
  const text = /^(\d{4}-\d\d-\d\d)([T ].*)?$/.exec(typeof value === 'string' ? value : '')?.[1];
  return text && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text ? text : undefined;
};

function address(value: unknown): JsonObject | undefined {
  if (typeof value === 'string') return value !== '' && value.length <= 200 ? { street: value } : undefined;
  const given = new Properties(objectOf(value));
  const fields = {
    street: given.text(200, 'street'),
    city: given.text(200, 'city'),
    postalCode: given.text(40, 'postal_code', 'zip'),
    region: given.text(200, 'state', 'region'),
    country: given.text(200, 'country'),
  };
  return Object.values(fields).some((field) => field !== undefined) ? fields : undefined;
}

const company = (value: unknown): string | undefined =>
  textUpTo(200)(typeof value === 'object' && value !== null ? (value as JsonObject).name : value);

/** Traits that the profile has a field for, in snake_case, and what they must be to go there. */
const known: Record<string, { field: string; read(value: unknown): unknown }> = {
  email: { field: 'email', read: mail },
  phone: { field: 'phone', read: textUpTo(50) },
  name: { field: 'name', read: textUpTo(200) },
  first_name: { field: 'firstName', read: textUpTo(200) },
  last_name: { field: 'lastName', read: textUpTo(200) },
  birthday: { field: 'birthday', read: day },
  address: { field: 'address', read: address },
  company: { field: 'company', read: company },
  gender: { field: 'gender', read: textUpTo(50) },
  country: { field: 'country', read: textUpTo(100) },
  language: { field: 'language', read: textUpTo(35) },
};

const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What a call says of the person. What has no field, or is not what its field takes, is kept among the traits. */
export function profileOf({ message, context }: SegmentCall): Said {
  const data: JsonObject = {};
  const others: [string, unknown][] = [];
  const traits = { ...objectOf(context.traits), ...objectOf(message.traits) };
  for (const [name, value] of Object.entries(traits)) {
    if (value === null || value === '') continue;
    const snake = snakeCase(name);
    const target = Object.hasOwn(known, snake) ? known[snake] : undefined;
    const read = target?.read(value);
    if (target && read !== undefined) data[target.field] = read;
    // A company or an address may say more than our field holds.
    if (!target || read === undefined || (snake === 'company' && read !== value)) others.push([name, value]);
  }
  if (data.language === undefined) {
    const locale = textUpTo(35)(context.locale);
    if (locale !== undefined) data.language = locale;
  }
  if (others.length > 0) data.traits = Object.fromEntries(others);
  return { type: 'profile.updated', data };
}
