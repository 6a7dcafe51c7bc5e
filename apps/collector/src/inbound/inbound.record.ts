import type { JsonObject } from '@perennial/events';
import { readBinary, readCloudEvents, type ReadRequest } from '../door/cloud-events.reader.js';
import { Unreadable } from '../door/unreadable.js';

/** A record as another system published it. */
export interface InboundRecord {
  partition: number;
  offset: string;
  value: Buffer | null;
  headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/**
 * Reads a record by the Kafka binding of CloudEvents 1.0: structured where the content type says so, else binary if
 * there are `ce_…` headers, else JSON with one event. What can't be read is one arrival that says why.
 */
export function readInbound({ value, headers = {} }: InboundRecord, eventLimit: number): ReadRequest {
  const body = value ?? Buffer.alloc(0);
  const attributes = attributesOf(headers);
  const contentType = textOf(headers['content-type']);
  const isStructured = contentType.toLowerCase().startsWith('application/cloudevents');
  try {
    if (body.length > eventLimit)
      throw new Unreadable('too-large', `an event has at most ${eventLimit} bytes`);
    return attributes && !isStructured
      ? readBinary(contentType, body, attributes)
      : readCloudEvents(body, { 'content-type': contentType });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { code, message } = error;
    return {
      arrivals: [{ claims: [], refusal: { code, path: '', message } }],
      sentText: () => sent(body, attributes),
    };
  }
}

/** Unlike those of HTTP they are plain UTF-8. Undefined when there are none: then the event is in the value. */
function attributesOf(headers: NonNullable<InboundRecord['headers']>): JsonObject | undefined {
  const attributes: JsonObject = {};
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith('ce_') && name !== 'ce_data' && value !== undefined)
      attributes[name.slice('ce_'.length)] = textOf(value);
  return 'specversion' in attributes || 'id' in attributes ? attributes : undefined;
}

function textOf(header: Buffer | string | (Buffer | string)[] | undefined): string {
  const [first = ''] = Array.isArray(header) ? header : [header];
  return first.toString();
}

/** What could not be read, in a form that can be corrected and retried: the structured one, where we have attributes. */
function sent(body: Buffer, attributes: JsonObject | undefined): string | Buffer {
  return attributes ? JSON.stringify({ ...attributes, data_base64: body.toString('base64') }) : body;
}
