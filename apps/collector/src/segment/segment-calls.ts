import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '@perennial/events';
import type { Vault } from '@perennial/privacy';
import { VAULT } from '@perennial/read-models';
import { Unreadable } from '../door/unreadable.js';
import type { Arrival, Delivery } from '../intake/arrival.js';
import { objectOf } from './properties.js';
import type { SegmentBody } from './segment-body.js';
import type { CallContext } from './segment-call.js';
import { segmentArrival } from './segment.mapping.js';

/** Bytes of one call. */
const CALL_LIMIT = 32 * 1024;
/** Calls of a batch. */
const BATCH_SIZE = 2_500;

/** A number beyond doubles was parsed as Infinity; it is kept as one that is parsed so again. */
const infinite = (_: string, value: unknown): unknown =>
  value === Infinity || value === -Infinity
    ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value > 0 ? '1e999' : '-1e999')
    : value;

/** What one item says together with its batch. */
const inBatch = (item: JsonObject, batch: JsonObject): JsonObject => ({
  ...item,
  ...(item.sentAt === undefined && batch.sentAt !== undefined && { sentAt: batch.sentAt }),
  ...(batch.context !== undefined && {
    context: { ...objectOf(batch.context), ...objectOf(item.context) },
  }),
});

/** Reads calls of Segment libraries; their events' source is `/segment/<name of the source>`. */
@Injectable()
export class SegmentCalls {
  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  /** A body posted for one kind of call, or for `batch`. Throws `Unreadable`. */
  delivery(
    kind: string,
    { json: body = {}, bytes }: SegmentBody,
    publisher: string | undefined,
    receivedAt: Date,
  ): Delivery {
    const messages = kind === 'batch' ? batchOf(body) : [{ ...body, type: kind }];
    const texts = messages.map(textOf);
    const arrivals = messages.map((message, index) => {
      const text = texts[index];
      if (text === undefined) return tooDeep;
      if (Buffer.byteLength(text) > CALL_LIMIT) return tooLarge;
      return this.arrival(message, publisher, receivedAt);
    });
    return {
      origin: 'segment',
      ...(publisher !== undefined && { publisher }),
      arrivals,
      sentText: (index) => texts[index] ?? bytes?.toString() ?? '',
      receivedAt,
    };
  }

  /** One call, whose `type` says what kind it is. */
  arrival(message: unknown, publisher: string | undefined, receivedAt: Date): Arrival {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      return { claims: [], refusal: { code: 'not-an-event', path: '', message: 'a call is a JSON object' } };
    }
    const context: CallContext = {
      source: `/segment/${publisher ?? 'default'}`,
      receivedAt,
      subjectIdOf: (text) => this.vault.subjectIdOf(text),
      newId: randomUUID,
    };
    const { writeKey: _, ...call } = message as JsonObject;
    return segmentArrival(call, call.type, context);
  }
}

function batchOf(body: JsonObject): unknown[] {
  const { batch } = body;
  if (!Array.isArray(batch)) throw new Unreadable('not-a-batch', 'batch must be a list of calls.');
  if (batch.length > BATCH_SIZE) {
    throw new Unreadable('too-large', `A batch has at most ${BATCH_SIZE} calls.`);
  }
  return batch.map((item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? inBatch(item as JsonObject, body)
      : item,
  );
}

/** Undefined: nested so deep that it can't be written. */
function textOf(message: unknown): string | undefined {
  try {
    return JSON.stringify(message, infinite);
  } catch {
    return undefined;
  }
}

const refused = (code: 'unsafe-value' | 'too-large', message: string): Arrival => ({
  claims: [],
  refusal: { code, path: '', message },
});
const tooDeep = refused('unsafe-value', 'the call is nested too deep');
const tooLarge = refused('too-large', `a call has at most ${CALL_LIMIT} bytes`);
