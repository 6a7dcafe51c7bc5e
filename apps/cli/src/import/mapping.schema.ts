import { Type, type Static } from 'typebox';

const Fields = <Properties extends Parameters<typeof Type.Object>[0]>(
  properties: Properties,
  options: { description?: string } = {},
) => Type.Object(properties, { ...options, additionalProperties: false });

const Template = (description: string) =>
  Type.String({
    minLength: 1,
    description: `${description} Text in which {column} stands for a column's value, without blanks around it; {column|upper}, {column|lower} and {column|integer} (17850.0 is 17850) change it.`,
  });

const Test = Fields(
  {
    empty: Type.Optional(Type.Boolean({ description: 'The column is empty (true) or not (false).' })),
    equals: Type.Optional(Type.String({ description: 'It is exactly this.' })),
    matches: Type.Optional(
      Type.String({
        format: 'regex',
        description: 'A JavaScript regular expression finds something, whatever the case of letters.',
      }),
    ),
    below: Type.Optional(
      Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', description: 'A number less than this.' }),
    ),
    above: Type.Optional(
      Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', description: 'A number greater than this.' }),
    ),
  },
  { description: 'What is asked of one column; all that is stated must hold.' },
);

const Condition = (description: string) =>
  Type.Record(Type.String(), Test, {
    minProperties: 1,
    description: `${description} By column; all must hold.`,
  });

const layout = {
  header: Type.Optional(
    Type.Boolean({
      description: 'The first line names the columns, in any order, perhaps among others. Default: true.',
    }),
  ),
  encoding: Type.Optional(
    Type.String({
      description: 'How the text is written, as browsers call it, e.g. windows-1252. Default: utf-8.',
    }),
  ),
};
const ColumnNames = Type.Array(Type.String({ minLength: 1 }), {
  minItems: 1,
  uniqueItems: true,
  description: 'The columns that the mapping needs; without a header line: all columns, in their order.',
});

const Format = Type.Union(
  [
    Fields(
      {
        kind: Type.Literal('csv', {
          description: 'Values parted by a delimiter, quoted where needed (RFC 4180).',
        }),
        columns: ColumnNames,
        delimiter: Type.Optional(
          Type.String({ minLength: 1, maxLength: 1, description: 'Default: a comma.' }),
        ),
        ...layout,
      },
      { description: 'Comma-separated values.' },
    ),
    Fields(
      {
        kind: Type.Literal('blanks', {
          description: 'Values without blanks in them, parted by runs of blanks or tabs.',
        }),
        columns: ColumnNames,
        ...layout,
      },
      { description: 'Values parted by blanks.' },
    ),
    Fields(
      {
        kind: Type.Literal('fixed', { description: 'Each column stands at a fixed place.' }),
        columns: Type.Array(
          Fields({
            name: Type.String({ minLength: 1 }),
            start: Type.Integer({ minimum: 1, description: 'First character, counted from 1.' }),
            width: Type.Integer({ minimum: 1, description: 'Characters.' }),
          }),
          { minItems: 1 },
        ),
        ...layout,
        header: Type.Optional(
          Type.Boolean({ description: 'The first line is a header, to be left out. Default: true.' }),
        ),
      },
      { description: 'Columns at fixed places.' },
    ),
  ],
  { description: 'How the file is written. A gzipped file is unpacked by itself.' },
);

const Rule = Type.Union([
  Fields({
    when: Condition('Lines that are meant.'),
    as: Type.Union([Type.Literal('order'), Type.Literal('return')], {
      description: 'What the line is a part of. In a return the sign of the quantity has no meaning.',
    }),
  }),
  Fields({
    when: Condition('Lines that are meant.'),
    reject: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,60}$',
      description: 'Code of the reason, e.g. stock-correction.',
    }),
    message: Type.String({ minLength: 1, maxLength: 500, description: 'The reason, for people.' }),
  }),
]);

/** What a mapping file says; `mappings/mapping.schema.json` is made from it. */
export const MappingSchema = Fields(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors: where this schema is.' })),
    description: Type.String({ minLength: 1, description: 'Which file it is for, and what was decided.' }),
    source: Type.String({
      pattern: '^[^@\\s]{1,200}$',
      description:
        'Source of the events, e.g. /import/shop. With the ids it is what makes a second import count nothing.',
    }),
    format: Format,
    numbers: Type.Optional(
      Fields(
        {
          decimal: Type.Optional(Type.Enum(['.', ','], { description: 'Decimal sign. Default: a point.' })),
          thousands: Type.Optional(
            Type.Enum(['.', ',', "'", ' '], { description: 'Sign between thousands, left out when read.' }),
          ),
        },
        { description: 'How numbers are written.' },
      ),
    ),
    time: Fields(
      {
        value: Template('When the order was placed.'),
        format: Type.String({
          minLength: 1,
          description:
            'How it is written: yyyy, MM, dd, HH, mm, ss, SSS (M, d, H with one or two digits), other characters as they are; or rfc3339 (with an offset).',
        }),
        zone: Type.String({
          minLength: 1,
          description: 'Time zone, e.g. UTC or Europe/London. Without a time of day: midnight there.',
        }),
      },
      { description: 'When an order was placed. The first line of an order counts.' },
    ),
    currency: Template('ISO 4217 code, e.g. GBP.'),
    subject: Type.Union(
      [
        Template('Who ordered, e.g. user:{customer_id}.'),
        Type.Array(
          Fields({ when: Type.Optional(Condition('When this one is taken.')), is: Template('Who ordered.') }),
          {
            minItems: 1,
          },
        ),
      ],
      { description: 'Who ordered: namespace:value; of several, the first whose condition holds.' },
    ),
    channel: Type.Optional(Template('Where it was ordered: web, store, phone …')),
    order: Fields(
      {
        id: Template('Id of the order, or of the return.'),
        lines: Type.Union([Type.Literal('one'), Type.Literal('many')], {
          description:
            'one: each line is an order; equal ids are numbered in the sequence of the file. many: lines of one id are one order, also when other lines stand between them.',
        }),
        within: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 1_000_000,
            description:
              'At most so many other lines stand between two lines of one order. An order is sent when so many have passed; a line that comes later is rejected. Default: 1000.',
          }),
        ),
      },
      { description: 'What makes lines an order.' },
    ),
    line: Fields(
      {
        sku: Template('Product code.'),
        name: Type.Optional(Template('Product name.')),
        category: Type.Optional(Template('Category.')),
        brand: Type.Optional(Template('Brand.')),
        quantity: Type.Optional(Template('Pieces. Default: 1.')),
        price: Type.Optional(Template('Price of one piece.')),
        amount: Type.Optional(
          Template(
            'Price of the whole line, instead of that of a piece; it is shared out over the pieces, exactly.',
          ),
        ),
        charge: Type.Optional(Condition('Lines that are postage, a fee or a voucher: no product.')),
      },
      { description: 'What one line says.' },
    ),
    rules: Type.Optional(
      Type.Array(Rule, {
        description:
          'What lines are; the first rule whose condition holds counts, and a line without one is an order.',
      }),
    ),
    products: Type.Optional(
      Type.Union([Type.Boolean(), Condition('Lines of orders that name their product.')], {
        description:
          'Whether products are listed by their names (product.listed), once for each code and name, as of the first order that has it. Default: true.',
      }),
    ),
  },
  { description: 'How the importer reads a file of orders.' },
);

export type Mapping = Static<typeof MappingSchema>;
export type Format = Mapping['format'];
export type Condition = Static<ReturnType<typeof Condition>>;
