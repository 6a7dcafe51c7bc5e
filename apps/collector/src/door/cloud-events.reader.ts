import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '@perennial/events';
import type { Arrival } from '../intake/arrival.js';
import { binaryAttributes } from './binary-event.reader.js';
import { itemTexts } from './item-texts.js';
import { jsonOf, textOf } from './request-body.js';
import { Unreadable } from './unreadable.js';

/** What a request holds, and each part of it as it was sent. */
export interface ReadRequest {
  arrivals: Arrival[];
  sentText(index: number): string | Buffer;
}

interface MediaType {
  name: string;
  charset: string | undefined;
}

function mediaType(header: string | undefined): MediaType {
  const [name = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(parameter)?.[1]);
  return { name: name.trim(), charset: charset.find((value) => value !== undefined) };
}

const isJson = (name: string) => /^(application|text)\/(json|[\w.-]+\+json)$/.test(name);

/**
 * Reads events from a body that was inflated before: CloudEvents batch, structured and binary, or plain JSON with one
 * event or a list. Throws `Unreadable`.
 */
export function readCloudEvents(
  body: Buffer,
  headers: IncomingHttpHeaders,
  eventLimit = Infinity,
): ReadRequest {
  const read = readAnySize(body, headers);
  // Only a request that is larger than one event may be can hold an event that is.
  if (body.length > eventLimit) refuseLargeOnes(read, eventLimit);
  return read;
}

function refuseLargeOnes(request: ReadRequest, limit: number): void {
  const { arrivals } = request;
  arrivals.forEach((arrival, index) => {
    if (Buffer.byteLength(request.sentText(index)) <= limit) return;
    const message = `an event has at most ${limit} bytes`;
    arrivals[index] = { ...arrival, claims: [], refusal: { code: 'too-large', path: '', message } };
  });
}

function readAnySize(body: Buffer, headers: IncomingHttpHeaders): ReadRequest {
  const { name, charset } = mediaType(headers['content-type']);
  if (charset && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new Unreadable('unsupported-encoding', 'The charset must be utf-8.');
  }
  // The batch first: the structured type's name is how the batch's begins.
  if (name.startsWith('application/cloudevents-batch')) return batch(name, body);
  if (name.startsWith('application/cloudevents')) return structured(name, body);
  if (headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined)
    return readBinary(name, body, binaryAttributes(headers));
  if (name === '' || isJson(name)) return plain(body);
  throw unsupported();
}

const unsupported = () =>
  new Unreadable(
    'unsupported-format',
    'Send application/cloudevents+json, application/cloudevents-batch+json, application/json, or JSON data with ce-… headers.',
  );

function batch(name: string, body: Buffer): ReadRequest {
  if (name !== 'application/cloudevents-batch+json') throw unsupported();
  const text = textOf(body);
  const items = jsonOf(text);
  if (!Array.isArray(items)) throw new Unreadable('not-a-batch', 'A batch is a JSON array of events.');
  return list(items, text);
}

function structured(name: string, body: Buffer): ReadRequest {
  if (name !== 'application/cloudevents+json') throw unsupported();
  const text = textOf(body);
  return { arrivals: [arrivalOf(jsonOf(text))], sentText: () => text };
}

function plain(body: Buffer): ReadRequest {
  const text = textOf(body);
  const json = jsonOf(text);
  return Array.isArray(json) ? list(json, text) : { arrivals: [arrivalOf(json)], sentText: () => text };
}

/** An event in binary mode: its attributes come beside its data. Throws `Unreadable`. */
export function readBinary(contentType: string, body: Buffer, attributes: JsonObject): ReadRequest {
  const { name } = mediaType(contentType);
  if (name !== '' && !isJson(name)) {
    throw new Unreadable('unsupported-format', 'The data of an event in binary mode must be JSON.');
  }
  const text = textOf(body);
  if (text.trim() === '') {
    return { arrivals: [{ claims: [attributes] }], sentText: () => JSON.stringify(attributes) };
  }
  const event = { ...attributes, data: jsonOf(text) };
  // The data's own text, so that it is kept as it was sent.
  const sentText = () => `${JSON.stringify(attributes).slice(0, -1)},"data":${text}}`;
  return { arrivals: [{ claims: [event] }], sentText };
}

function list(items: unknown[], text: string): ReadRequest {
  let texts: string[] | undefined;
  return {
    arrivals: items.map(arrivalOf),
    sentText: (index) => (texts ??= itemTexts(text))[index] ?? '',
  };
}

const refused = (message: string): Arrival => ({
  claims: [],
  refusal: { code: 'invalid-attribute', path: 'data_base64', message },
});

/** One item of a request. */
export function arrivalOf(item: unknown): Arrival {
  if (typeof item !== 'object' || item === null || !('data_base64' in item)) return { claims: [item] };
  const { data_base64: encoded, ...event } = item as JsonObject;
  if (event.data !== undefined) return refused('an event has data or data_base64, not both');
  if (typeof encoded !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
    return refused('data_base64 must be base64');
  }
  try {
    return { claims: [{ ...event, data: jsonOf(textOf(Buffer.from(encoded, 'base64'))) }] };
  } catch {
    return refused('data_base64 must hold JSON in UTF-8');
  }
}
