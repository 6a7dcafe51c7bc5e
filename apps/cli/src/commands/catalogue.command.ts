import { catalogue, isEventName, type EventType } from '@perennial/events';
import type { Command } from 'commander';
import { UsageProblem } from '../system/problem.js';
import { print, table } from '../terminal/output.js';
import { jsonCommand } from './options.js';

interface Listed {
  type: string;
  version: number;
  description: string;
  /** Our own services append it; publishers can't send it. */
  decision: boolean;
}

export const catalogueCommand = (): Command =>
  jsonCommand('catalogue', 'event types that there are; with a type, its schema and an example')
    .argument('[type]', 'e.g. order.placed')
    .action((name: string | undefined, { json }: { json?: boolean }) => {
      if (name === undefined) print(listed(), json, (types) => forPeople(types));
      else
        print(
          described(name),
          json,
          ({ description, ...type }) => `${description}\n\n${JSON.stringify(type, undefined, 2)}`,
        );
    });

const listed = (): Listed[] =>
  Object.values<EventType>(catalogue).map(({ name, version, description, decision = false }) => ({
    type: name,
    version,
    description,
    decision,
  }));

function forPeople(types: readonly Listed[]): string {
  const rows = types.map(({ type, version, description, decision }) => [
    type,
    version,
    `${description.split(/(?<=[.;:]) /)[0]?.replace(/[;:]$/, '.') ?? ''}${decision ? ' (decided by Perennial)' : ''}`,
  ]);
  return table([['type', 'version', 'what it says'], ...rows]);
}

function described(name: string) {
  if (!isEventName(name))
    throw new UsageProblem(`There is no event type "${name}"; perennial catalogue lists them.`);
  const { version, description, decision, data, example, subject = 'user:42' }: EventType = catalogue[name];
  return {
    type: name,
    version,
    description,
    decision: decision === true,
    schema: data,
    example: {
      specversion: '1.0',
      id: '…',
      source: '/shop',
      type: name,
      subject,
      time: '2026-03-01T12:00:00Z',
      data: example,
    },
  };
}
