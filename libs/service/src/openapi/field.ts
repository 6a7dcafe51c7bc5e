import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import * as is from 'class-validator';

/** What all kinds of fields have. */
export interface FieldOptions {
  description: string;
  example?: unknown;
  /** May be absent. */
  optional?: boolean;
  /** May be null, in answers. */
  nullable?: boolean;
  /** A list of such values; of at most so many. */
  list?: boolean | number;
}

interface Sized {
  minLength?: number;
  maxLength?: number;
  pattern?: RegExp;
}

interface Ranged {
  min?: number;
  max?: number;
}

/**
 * A field of a command, query or answer: class-validator and OpenAPI in one, as swc runs no compiler
 * plugin that would read the latter from the types.
 */
export const Field = {
  text: ({ minLength = 1, maxLength = 1_000, pattern, ...options }: FieldOptions & Sized) =>
    field(
      options,
      { type: String, minLength, maxLength, ...(pattern && { pattern: pattern.source }) },
      (each) => [
        is.IsString(each),
        is.Length(minLength, maxLength, each),
        ...(pattern ? [is.Matches(pattern, each)] : []),
      ],
    ),

  uuid: (options: FieldOptions) =>
    field(options, { type: String, format: 'uuid' }, (each) => [is.IsUUID('all', each)]),

  integer: ({ min, max, ...options }: FieldOptions & Ranged) =>
    field(options, { type: 'integer', ...range(min, max) }, (each) => [
      Type(() => Number),
      is.IsInt(each),
      ...ranges(min, max, each),
    ]),

  number: ({ min, max, ...options }: FieldOptions & Ranged) =>
    field(options, { type: Number, ...range(min, max) }, (each) => [
      Type(() => Number),
      is.IsNumber({ allowNaN: false, allowInfinity: false }, each),
      ...ranges(min, max, each),
    ]),

  /** An exact decimal as a string, e.g. an amount of money. */
  decimal: (options: FieldOptions) =>
    field(options, { type: String, format: 'decimal', pattern: decimal.source }, (each) => [
      is.Matches(decimal, { ...each, message: '$property must be a decimal number in a string' }),
    ]),

  boolean: (options: FieldOptions) =>
    field(options, { type: Boolean }, (each) => [
      // In a query everything is text.
      Transform(({ value }: { value: unknown }) =>
        value === 'true' ? true : value === 'false' ? false : value,
      ),
      is.IsBoolean(each),
    ]),

  /** RFC 3339, in UTC or with an offset. */
  time: (options: FieldOptions) =>
    field(options, { type: String, format: 'date-time' }, (each) => [is.IsRFC3339(each)]),

  /** A day of the calendar, such as 2026-03-31. */
  day: (options: FieldOptions) =>
    field({ example: '2026-03-31', ...options }, { type: String, format: 'date' }, (each) => [
      is.ValidateBy(
        {
          name: 'isDay',
          validator: {
            validate: isDay,
            defaultMessage: () => '$property has to be a day such as 2026-03-31',
          },
        },
        each,
      ),
    ]),

  oneOf: ({ values, ...options }: FieldOptions & { values: readonly string[] }) =>
    field(options, { type: String, enum: [...values] }, (each) => [is.IsIn(values, each)]),

  /** An object of another class of fields. */
  object: ({ of, ...options }: FieldOptions & { of: () => new () => object }) =>
    // Swagger tells a function that names a class from a class by its own name, `type`.
    field(options, { type: () => of() }, (each) => [Type(of), is.ValidateNested(each)]),
};

const decimal = /^-?\d{1,15}(\.\d{1,6})?$/;

/** ECMAScript reads the 30th of February as a day of March, and knows a year 0, which PostgreSQL does not. */
const isDay = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(value) &&
  new Date(`${value}T00:00:00Z`).toJSON()?.slice(0, 10) === value;

const range = (minimum?: number, maximum?: number) => ({
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
});

const ranges = (min: number | undefined, max: number | undefined, each: is.ValidationOptions) => [
  ...(min === undefined ? [] : [is.Min(min, each)]),
  ...(max === undefined ? [] : [is.Max(max, each)]),
];

function field(
  { description, example, optional, nullable, list }: FieldOptions,
  api: ApiPropertyOptions,
  checks: (each: is.ValidationOptions) => PropertyDecorator[],
): PropertyDecorator {
  const described = {
    ...api,
    description,
    required: !optional,
    ...(example !== undefined && { example }),
    ...(nullable && { nullable }),
    ...(list && { isArray: true }),
  } as ApiPropertyOptions;
  return applyDecorators(
    ApiProperty(described),
    ...(optional ? [is.IsOptional()] : []),
    ...(nullable ? [is.ValidateIf((_, value) => value !== null)] : []),
    ...(list ? [is.IsArray(), is.ArrayMaxSize(typeof list === 'number' ? list : 1_000)] : []),
    ...checks(list ? { each: true } : {}),
  );
}
