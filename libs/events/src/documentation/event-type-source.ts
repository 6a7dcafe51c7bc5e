import { dirname } from 'node:path';
import type { Definition } from './catalogue-source.js';

const camelCase = (words: readonly string[]) =>
  words.map((word, index) => (index ? word.charAt(0).toUpperCase() + word.slice(1) : word)).join('');

/** Throws unless the name is a thing and what happened to it, e.g. `order.shipped`. */
export function checkName(name: string): void {
  if (/^[a-z]+(\.[a-z]+)+$/.test(name)) return;
  throw new Error(
    `"${name}" is no name of an event type: a thing and what happened to it, e.g. order.shipped.`,
  );
}

/** File of a new type, among the types whose names begin with the same word. Throws if there is such a type. */
export function fileFor(name: string, definitions: readonly Definition[], folder?: string): string {
  checkName(name);
  if (definitions.some((type) => type.name === name)) throw new Error(`There is a type ${name} already.`);
  const first = name.slice(0, name.indexOf('.'));
  const sibling = definitions.find((type) => type.name.startsWith(`${first}.`));
  return `${folder ?? (sibling ? dirname(sibling.file) : `${first}s`)}/${name.replaceAll('.', '-')}.ts`;
}

/** Text of the file of a new type, to be filled in; it compiles and passes the tests of the catalogue. */
export function eventTypeSource(name: string): string {
  const words = name.split('.');
  const noun = words.slice(0, -1).join(' ');
  const sentence = `${/^[aeiou]/.test(noun) ? 'An' : 'A'} ${noun} was ${words.at(-1)}.`;
  const id = `${camelCase(words.slice(0, -1))}Id`;
  return `import { eventType } from '../event-type.js';
import { Fields, Text } from '../schemas.js';

/** ${sentence} */
export const ${camelCase(words)} = eventType('${name}', {
  version: 1,
  description: '${sentence}',
  data: Fields({
    ${id}: Text({ description: 'The ${noun}.' }),
  }),
  example: { ${id}: '1001' },
});
`;
}
