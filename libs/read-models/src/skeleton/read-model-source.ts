export interface ReadModelPlace {
  service: string;
  /** Folder: a concept of the domain. */
  concept: string;
  /** Name in the plural, e.g. `store-visits`. */
  name: string;
}

const FORM = /^([a-z]+)\/([a-z]+(?:-[a-z]+)*)\/([a-z]+(?:-[a-z]+)*s)$/;

/** The parts of `retention/visits/visits`. Throws if the text is something else. */
export function placeOf(text: string): ReadModelPlace {
  const [, service, concept, name] = FORM.exec(text) ?? [];
  if (!service || !concept || !name) {
    throw new Error(
      `"${text}" is no place of a read model: service, concept and a name in the plural, e.g. retention/visits/visits.`,
    );
  }
  return { service, concept, name };
}

const singular = (name: string) =>
  name
    .replace(/ies$/, 'y')
    .replace(/(ss|x|ch|sh)es$/, '$1')
    .replace(/([^s])s$/, '$1');

const pascalCase = (name: string) =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const camelCase = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string) => name.replaceAll('-', '_');

const words = (name: string) => name.replaceAll('-', ' ');

const factsSource = (one: string, many: string, eventName: string) => `import {
  EventKey,
  facts,
  FactTable,
  SubjectKey,
  Value,
} from '@perennial/read-models';

/** One row a ${words(one)}. */
@FactTable('${snakeCase(one)}', { comment: 'One row a ${words(one)}.' })
export class ${pascalCase(one)} {
  @SubjectKey() subjectId!: string;
  @EventKey() eventId!: string;
  @Value('timestamptz', 'when it happened') happenedAt!: string;
}

export const ${camelCase(many)} = facts(${pascalCase(one)}, {
  '${eventName}': ({ time }) => ({ happenedAt: time }),
});
`;

const derivedSource = (
  one: string,
  many: string,
) => `import { Column, CustomerKey, DerivedTable } from '@perennial/read-models';
import { ${pascalCase(one)} } from './${many}.facts.js';

/** The ${words(many)} of each customer. */
@DerivedTable('${snakeCase(many)}', { comment: 'The ${words(many)} of each customer.', from: [${pascalCase(one)}] })
export class ${pascalCase(many)} {
  @CustomerKey() customerId!: string;
  @Column('integer', { comment: 'how many there were' }) count!: number;
  @Column('timestamptz', { comment: 'the first' }) firstAt!: string;
  @Column('timestamptz', { comment: 'the latest' }) lastAt!: string;

  static sql = \`
    select customer_id, count(*), min(happened_at), max(happened_at)
      from "${snakeCase(one)}" join subject using (subject_id)
     where customer_id = any(:customers)
     group by customer_id\`;
}
`;

const specSource = (service: string, many: string, eventName: string) => {
  const at = (day: number) =>
    `event('${eventName}', 'user:ann', example, { time: '2026-03-0${day}T12:00:00.000Z' })`;
  return `import { catalogue } from '@perennial/events';
import { event, givenReadModels } from '@perennial/testing';
import { ${pascalCase(many)} } from './${many}.derived.js';
import { ${camelCase(many)} } from './${many}.facts.js';

const { given } = givenReadModels({
  schema: '${service}',
  facts: [${camelCase(many)}],
  tables: [${pascalCase(many)}],
});
const { example } = catalogue['${eventName}'];

it('counts the ${words(many)} of a customer, with the first and the latest', () =>
  given(
    ${at(1)},
    ${at(2)},
  ).thenRows(${pascalCase(many)}, [
    { count: 2, first_at: '2026-03-01T12:00:00+00:00', last_at: '2026-03-02T12:00:00+00:00' },
  ]));
`;
};

/**
 * The files of a new read model by their path in the repository: a fact table, a derived table and their spec.
 * They compile and the spec passes; what they hold is to be replaced.
 */
export function readModelSources(
  { service, concept, name }: ReadModelPlace,
  eventName: string,
): ReadonlyMap<string, string> {
  const one = singular(name);
  const path = `apps/${service}/src/${concept}/${name}`;
  return new Map([
    [`${path}.facts.ts`, factsSource(one, name, eventName)],
    [`${path}.derived.ts`, derivedSource(one, name)],
    [`${path}.spec.ts`, specSource(service, name, eventName)],
  ]);
}
