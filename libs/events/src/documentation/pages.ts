import type { EventType } from '../event-type.js';
import type { Definition } from './catalogue-source.js';
import { fieldsTable, sharedShapes } from './fields-table.js';
import { schemaFile } from './json-schema.js';

const NOTICE = '<!-- Written by "npm run generate" from libs/events; edits are lost. -->';

const json = (value: unknown) => JSON.stringify(value, null, 2);

/** The example of a type as the event that a publisher sends. */
export const exampleEvent = (type: EventType) => ({
  specversion: '1.0',
  id: '0b7f3c1e-8a54-4d2b-9f60-2c1d3e4f5a6b',
  source: type.decision ? '/perennial/acquisition' : '/shop',
  type: type.name,
  subject: type.subject ?? 'user:42',
  time: '2026-03-01T12:00:00.000Z',
  ...(type.version > 1 ? { dataversion: type.version } : {}),
  data: type.example,
});

const sending = (type: EventType) =>
  type.decision
    ? 'A service of Perennial decides this; publishers can’t send it.'
    : [
        'Send it (where keys are needed, add `-H "Authorization: Bearer $WRITE_KEY"`):',
        '',
        '```sh',
        "curl http://localhost:8080/events -H 'content-type: application/cloudevents+json' --data-binary @- <<'EOF'",
        JSON.stringify(exampleEvent(type)),
        'EOF',
        '```',
      ].join('\n');

const versions = (type: EventType) => {
  const older = (type.older ?? []).map(({ version }) => `[${version}](${schemaFile(type, version)})`);
  return [
    `Version ${type.version}, [JSON Schema](${schemaFile(type)}).`,
    ...(older.length ? [`Older versions, which are still accepted: ${older.join(', ')}.`] : []),
  ].join(' ');
};

/** The page of one event type. */
export const eventPage = (type: EventType): string =>
  [
    NOTICE,
    '',
    `# ${type.name}`,
    '',
    type.description,
    '',
    versions(type),
    '',
    '## Data',
    '',
    Object.keys(type.data.properties).length ? fieldsTable(type.data) : 'None: an empty object.',
    '',
    'Any other field is refused.',
    '',
    '## Example',
    '',
    '```json',
    json(exampleEvent(type)),
    '```',
    '',
    sending(type),
    '',
  ].join('\n');

const byFolder = (types: readonly Definition[]) =>
  [...Map.groupBy(types, ({ file }) => file.split('/')[0] ?? '')].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );

const firstSentence = (text: string) => /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, '.') ?? text;

/** The index of all pages. */
export function indexPage(definitions: readonly Definition[], types: Record<string, EventType>): string {
  const folders = byFolder(definitions).map(([folder, inFolder]) =>
    [
      `## ${folder}`,
      '',
      '| type | |',
      '|---|---|',
      ...inFolder.map(
        ({ name }) => `| [${name}](${name}.md) | ${firstSentence(types[name]?.description ?? '')} |`,
      ),
      '',
    ].join('\n'),
  );
  const shapes = [...sharedShapes(Object.values(types).map(({ data }) => data))].map(([title, schema]) =>
    [`### ${title}`, '', fieldsTable(schema), ''].join('\n'),
  );
  return [
    NOTICE,
    '',
    '# Events',
    '',
    'Every event is a [CloudEvents 1.0](https://cloudevents.io) event of one of these types: send it to `POST /events`, or to the Kafka topic `perennial.inbound` ([asyncapi.json](asyncapi.json)). Required are `id`, `source`, `type`, `subject` (`namespace:value`), `time` (RFC 3339, at most 24 hours ahead) and `data`; `dataversion` is 1 when absent. `source` and `id` together name an event: sent twice, it counts once.',
    '',
    'Data are checked strictly. Nothing is converted, and a field that is not listed is refused with its name, so that a misspelt field is an error and not a gap in a report. What has no place in a type goes into `activity.recorded`, or into `traits` of `profile.updated`. Fields marked *personal* are stored encrypted and become unreadable when their person is erased.',
    '',
    ...folders,
    '## Shapes',
    '',
    ...shapes,
  ].join('\n');
}
