import { parseSubject, type JsonObject } from '@perennial/events';
import type { Arrival } from './arrival.js';

/** A publisher's id or source that can stand in a table or an answer: nothing that looks like a mail address. */
export const shown = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && /^[\w.:/~+-]{1,200}$/.test(value) ? value : null;

const attribute = (arrival: Arrival | undefined, name: string): unknown => {
  const claim = arrival?.claims[0];
  return typeof claim === 'object' && claim !== null ? (claim as JsonObject)[name] : undefined;
};

/** The publisher's id of an arrival, for the answer. */
export const shownId = (arrival: Arrival | undefined): string | null => shown(attribute(arrival, 'id'));

/** The source that an arrival states. */
export const shownSource = (arrival: Arrival | undefined): string | null =>
  shown(attribute(arrival, 'source'));

/** The subject of an arrival, if it can be read. */
export const subjectOf = (arrival: Arrival | undefined): string | undefined => {
  const subject = attribute(arrival, 'subject');
  return typeof subject === 'string' && parseSubject(subject) ? subject : undefined;
};
