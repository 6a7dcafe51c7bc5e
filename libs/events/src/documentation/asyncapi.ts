import type { EventType } from '../event-type.js';
import { schemaFile } from './json-schema.js';
import { exampleEvent } from './pages.js';

/** Fixed for ever: shard numbers are stored. */
const PARTITIONS = 64;

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more });

const headers = {
  type: 'object',
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time'],
  properties: {
    'content-type': text('Type of the value.', { const: 'application/json' }),
    ce_specversion: text('Version of CloudEvents.', { const: '1.0' }),
    ce_id: text('Together with the source, the name of the event.'),
    ce_source: text('Who publishes it.'),
    ce_type: text('Type of the event.'),
    ce_subject: text('namespace:value; on perennial.events the value is the id of the subject.'),
    ce_time: text('When it happened: RFC 3339.', { format: 'date-time' }),
    ce_dataversion: text('Version of the schema that the value follows; 1 when absent.'),
    shard: text('On perennial.events: the shard, which is the partition.'),
    position: text('On perennial.events: position in the shard, 1, 2, 3 … without gaps.'),
    previousid: text('On perennial.events: id of the event before it in the shard.'),
  },
};

const reference = (path: string) => ({ $ref: `#/${path}` });

const message = (type: EventType) => {
  const { data, ...attributes } = exampleEvent(type);
  return {
    name: type.name,
    title: type.name,
    summary: type.description,
    contentType: 'application/json',
    headers: reference('components/schemas/headers'),
    payload: { $ref: `./${schemaFile(type)}` },
    examples: [
      {
        headers: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]),
        ),
        payload: data,
      },
    ],
  };
};

const channel = (address: string, description: string, types: readonly EventType[]) => ({
  address,
  description,
  messages: Object.fromEntries(types.map(({ name }) => [name, reference(`components/messages/${name}`)])),
  bindings: { kafka: { topic: address, partitions: PARTITIONS, bindingVersion: '0.5.0' } },
});

/** The two Kafka topics and their messages as an AsyncAPI 3.0 document. */
export const asyncApi = (types: readonly EventType[]) => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Perennial',
    version: '1.0.0',
    description:
      'Customer events as CloudEvents 1.0 over Kafka, in binary mode; perennial.inbound takes structured mode as well (content-type: application/cloudevents+json).',
    license: { name: 'Apache-2.0' },
  },
  defaultContentType: 'application/json',
  channels: {
    inbound: channel(
      'perennial.inbound',
      'Publishers write events here.',
      types.filter(({ decision }) => !decision),
    ),
    events: channel(
      'perennial.events',
      'All accepted events and the decisions of our services; the key is the id of the subject. Personal fields are sealed.',
      types,
    ),
  },
  operations: {
    record: {
      action: 'receive',
      channel: reference('channels/inbound'),
      summary: 'Perennial records what publishers send.',
    },
    relay: {
      action: 'send',
      channel: reference('channels/events'),
      summary: 'Perennial tells its consumers what it recorded.',
    },
  },
  components: {
    schemas: { headers },
    messages: Object.fromEntries(types.map((type) => [type.name, message(type)])),
  },
});
