import { catalogue, isCustomerNamespace } from '@perennial/events';
import type { Journal, NewEvent, RecordedEvent } from '@perennial/journal';
import { eventIdOf } from '@perennial/privacy';
import { Refused } from '@perennial/service';
import { OPERATOR_SOURCE } from './operator.commands.js';

/** What an operator says of two identifiers. */
export interface Statement {
  type: 'identity.linked' | 'identity.unlinked';
  /** Identifiers of one of the two; the statement is made under one that has events. */
  of: readonly string[];
  other: { subjectId: string; namespace: string };
  reason?: string;
  /** Names the command: the same command again states nothing new. */
  key: string;
  at: Date;
}

/**
 * Appends what an operator says, and answers the event's id. We only know ids of identifiers, so the event
 * bears the sealed identifier of an event before it: an identifier that was only mentioned can't be stated under.
 */
export async function appendStatement(journal: Journal, statement: Statement): Promise<string> {
  const { type, other, reason, key, at } = statement;
  const { subjectId, subject } = await firstWithEvents(journal, statement.of);
  const id = `${key}:${type}:${other.subjectId}`;
  const event: NewEvent = {
    eventId: eventIdOf(OPERATOR_SOURCE, id, subjectId),
    type,
    dataVersion: catalogue[type].version,
    time: at.toISOString(),
    source: OPERATOR_SOURCE,
    id,
    subject,
    data: JSON.stringify({
      other: `${other.namespace}:${other.subjectId}`,
      evidence: 'operator',
      ...(reason !== undefined && { reason }),
    }),
  };
  await journal.append(subjectId, 'any', [event]);
  return event.eventId;
}

async function firstWithEvents(journal: Journal, subjectIds: readonly string[]) {
  for (const subjectId of subjectIds) {
    const event = await firstEventUnder(journal, subjectId);
    if (event) return { subjectId, subject: event.subject };
  }
  throw new Refused('no-events', 'No event bears an identifier of this customer.', 'missing');
}

const PAGE = 100;

/** The first event that bears the identifier. Its stream may also hold decisions about the customer that has its id. */
export async function firstEventUnder(
  journal: Journal,
  subjectId: string,
): Promise<RecordedEvent | undefined> {
  for (let after = 0; ; after += PAGE) {
    const events = await journal.readStream(subjectId, after, PAGE);
    const found = events.find(({ subject }) => isCustomerNamespace(subject.split(':')[0]!));
    if (found || events.length < PAGE) return found;
  }
}
