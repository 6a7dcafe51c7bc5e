import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '@perennial/events';

/**
 * The attributes of an event in CloudEvents' binary mode: `ce-…` headers, percent-encoded and perhaps quoted. One that
 * can't be decoded stays as it is: what it means is for the event's validation to judge.
 */
export function binaryAttributes(headers: IncomingHttpHeaders): JsonObject {
  const attributes: JsonObject = { specversion: '1.0' };
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || name === 'ce-data' || value === undefined) continue;
    attributes[name.slice('ce-'.length)] = decoded(Array.isArray(value) ? value.join(', ') : value);
  }
  return attributes;
}

function decoded(value: string): string {
  const unquoted = /^"(.*)"$/.exec(value)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? value;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return unquoted;
  }
}
