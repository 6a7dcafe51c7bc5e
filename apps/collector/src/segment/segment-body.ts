import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '@perennial/events';
import { OversizedBody } from '@perennial/service';
import type { FastifyRequest } from 'fastify';
import { jsonOf, textOf } from '../door/request-body.js';
import { Unreadable } from '../door/unreadable.js';

/** Bytes of a batch. */
export const BATCH_LIMIT = 500 * 1024;

/** What a Segment library posted. */
export interface SegmentBody {
  json?: JsonObject;
  /** Inflated; as it came if that was not possible. */
  bytes?: Buffer;
  /** In place of bytes, when there were too many to be read. */
  oversized?: OversizedBody;
  problem?: Unreadable;
  /** Some libraries put the write key there. */
  writeKey?: string;
}

const bodies = new WeakMap<FastifyRequest, SegmentBody>();

/**
 * The body of a request to a Segment-compatible path, read once: access is checked by what may stand in it, before
 * the handler runs. Content types are not believed. Empty on other paths.
 */
export function segmentBody(request: FastifyRequest): SegmentBody {
  const known = bodies.get(request);
  if (known) return known;
  const isSegment = /^\/(v1|api\/s)\//.test(request.routeOptions.url ?? '');
  const read = isSegment ? readBody(request.body) : {};
  bodies.set(request, read);
  return read;
}

function readBody(sent: unknown): SegmentBody {
  if (sent instanceof OversizedBody) return { problem: tooLarge(), oversized: sent };
  if (!Buffer.isBuffer(sent)) return {};
  let bytes = sent;
  try {
    bytes = inflatedNow(sent);
    const json = jsonOf(textOf(bytes));
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new Unreadable('not-json', 'The body must be a JSON object.');
    }
    const { writeKey } = json as JsonObject;
    const key = typeof writeKey === 'string' && writeKey !== '' ? { writeKey } : {};
    return { json: json as JsonObject, bytes, ...key };
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error, bytes };
    throw error;
  }
}

/** Half a megabyte at most, so waiting for another thread would take longer. */
function inflatedNow(bytes: Buffer): Buffer {
  const body = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipped(bytes) : bytes;
  if (body.length > BATCH_LIMIT) throw tooLarge();
  return body;
}

function gunzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: BATCH_LIMIT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Unreadable('bad-compression', 'The body is not gzip, as its first bytes say.');
  }
}

const tooLarge = () => new Unreadable('too-large', `A batch has at most ${BATCH_LIMIT} bytes.`);
