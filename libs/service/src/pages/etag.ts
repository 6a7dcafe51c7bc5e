import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from '../problems/problem.js';

/** A tag of an answer's content. */
export const etagOf = (content: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)}"`;

/** A tag of a stream's version, for commands with If-Match. */
export const etagOfVersion = (version: number): string => `"v${version}"`;

/**
 * Answers content with its ETag; or 304 without it, if the caller has it already (If-None-Match). Return
 * what this returns from a handler that takes `@Res({ passthrough: true })`.
 */
export function ifChanged<Content>(
  request: FastifyRequest,
  reply: FastifyReply,
  content: Content,
  etag = etagOf(content),
): Content | undefined {
  void reply.header('etag', etag).header('cache-control', 'private, no-cache');
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (!known.includes(etag) && !known.includes('*')) return content;
  void reply.status(304);
  return undefined;
}

/** The version that a command expects (If-Match); undefined if it doesn't say. */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^"v(\d{1,15})"$/.exec(header)?.[1];
  if (version === undefined)
    throw new RequestProblem(400, 'invalid-if-match', 'If-Match takes the ETag of an answer before.');
  return Number(version);
}
