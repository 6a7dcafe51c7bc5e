import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import { SUBJECT_PATTERN } from './subject.js';

type Described = {
  description: string;
};

/** A copy of a schema with a keyword more. (A spread would lose what TypeBox keeps in hidden properties.) */
const withKeyword = <Schema extends TSchema>(schema: Schema, keyword: string): Schema =>
  Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(schema),
      [keyword]: { value: true, enumerable: true, writable: true, configurable: true },
    },
  ) as Schema;

/** Marks a field as personal data: it is sealed with its subject's key before anything is stored. */
export const personal = <Schema extends TSchema>(schema: Schema): Schema => withKeyword(schema, 'personal');

/** An object of exactly these fields: an unknown one is refused, so that a misspelt field is an error. */
export const Fields = <Properties extends TProperties>(
  properties: Properties,
  options: { description?: string; title?: string } = {},
): TObject<Properties> => Type.Object(properties, { ...options, additionalProperties: false });

/** An object of whatever fields a source has. */
export const FreeForm = (options: Described) => Type.Record(Type.String(), Type.Unknown(), options);

/** Text that is never empty; at most 200 characters unless told. */
export const Text = (options: Described & { maxLength?: number }) =>
  Type.String({ minLength: 1, maxLength: 200, ...options });

/** One of a few words. */
export const OneOf = <const Words extends string[]>(words: [...Words], options: Described) =>
  Type.Enum(words, options);

/**
 * An exact amount: the decimal as a string, never a float, with its ISO 4217 currency. Never below zero,
 * unless `negative` says that it may be.
 */
export const Money = ({ negative = false, ...options }: Described & { negative?: boolean }) =>
  Fields(
    {
      amount: Type.String({
        pattern: `^${negative ? '-?' : ''}\\d{1,15}(\\.\\d{1,6})?$`,
        description: 'Decimal as a string, e.g. "12.50".',
      }),
      currency: CurrencyCode({ description: 'ISO 4217 code, e.g. "EUR".' }),
    },
    { title: 'Money', ...options },
  );
export type Money = Static<ReturnType<typeof Money>>;

export const Sku = (options: Described = { description: 'Product code.' }) => Text(options);

/** How product codes are compared and kept in read models: one shop's systems spell a code in several cases. */
export const skuKey = (sku: string): string => sku.toUpperCase();

export const Quantity = (options: Described = { description: 'Pieces.' }) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 1e12, ...options });

/** A moment: RFC 3339 with an offset, from 1900. */
export const Instant = (options: Described) =>
  Type.String({
    format: 'date-time',
    pattern: '^(19|[2-9]\\d)\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$',
    ...options,
  });

/** A day of the calendar, e.g. 2026-03-01. */
export const Day = (options: Described) =>
  Type.String({ format: 'date', pattern: '^(19|[2-9]\\d)\\d\\d-\\d\\d-\\d\\d$', ...options });

export const CurrencyCode = (options: Described) => Type.String({ pattern: '^[A-Z]{3}$', ...options });

/** The id of a subject or a customer. */
export const Uuid = (options: Described) => Type.String({ format: 'uuid', ...options });

export const EventId = (options: Described) => Text({ maxLength: 500, ...options });

/** Another subject. Publishers send `namespace:value`; stored is `namespace:<id of that subject>`. */
export const SubjectReference = (options: Described) =>
  withKeyword(Type.String({ pattern: SUBJECT_PATTERN, ...options }), 'subjectReference');

/** The campaign that brought a visit, as in the `utm_…` parameters of a link. */
export const Campaign = (options: Described = { description: 'The campaign that brought the customer.' }) =>
  Fields(
    {
      name: Type.Optional(Text({ description: 'Name of the campaign (utm_campaign).' })),
      source: Type.Optional(Text({ description: 'Who sent the visitor, e.g. newsletter (utm_source).' })),
      medium: Type.Optional(
        Text({
          description:
            'Kind of link, e.g. email or cpc (utm_medium). With partner, affiliate or referral, `source` is a partner.',
        }),
      ),
      term: Type.Optional(Text({ description: 'Paid search term (utm_term).' })),
      content: Type.Optional(Text({ description: 'Which link or advertisement it was (utm_content).' })),
    },
    { title: 'Campaign', ...options },
  );
export type Campaign = Static<ReturnType<typeof Campaign>>;

const PARTNER_MEDIA = ['partner', 'affiliate', 'referral'];

/** The partner who sent the customer, if it was one. */
export const partnerOf = (campaign: Campaign | undefined): string | undefined =>
  PARTNER_MEDIA.includes(campaign?.medium?.toLowerCase() ?? '') ? campaign!.source : undefined;

/** By what way the customer came: fields of every event that can be a touch of a campaign. */
export const touch = {
  channel: Type.Optional(
    Text({ description: 'Where it happened or what led there: web, store, phone, email …' }),
  ),
  campaign: Type.Optional(Campaign()),
  referrer: Type.Optional(
    Type.String({
      format: 'hostname',
      maxLength: 253,
      description: 'Host name of the referring page; never the whole address, which may hold personal data.',
    }),
  ),
};
