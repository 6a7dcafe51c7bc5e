import type { Decision, Policy, ProjectedEvent, Query } from '@perennial/read-models';
import { assignedWith, assignmentTable, recall, remember } from './assignment.store.js';
import { componentsOf, type Neighbours } from './components.js';
import { reassign, type Assignment, type Reassignment } from './identification.decider.js';
import { endsOf } from './link.facts.js';
import { allTouched, touch, type Touched } from './link.pages.js';

export interface IdentificationOptions {
  now?: () => Date;
  /**
   * Most subjects that one customer can have. More of them hang together only by an identifier that many
   * people share (a test address, a till's card); they are left standing alone rather than made one person.
   */
  mostSubjects?: number;
}

/** Turns links into customers: decides `customers.merged` and `customers.split`. */
export function identification({
  now = () => new Date(),
  mostSubjects = 10_000,
}: IdentificationOptions = {}): Policy {
  const identify = async (touched: Touched, query: Query): Promise<Decision[]> => {
    const found = await componentsOf(touched.keys(), neighboursIn(query, mostSubjects), mostSubjects);
    const components = found.flatMap(({ subjectIds, oversized }) =>
      oversized ? subjectIds.map((subjectId) => [subjectId]) : [subjectIds],
    );
    const reached = new Set(components.flat());
    const assigned = await assignedWith(query, [...reached]);
    // Of a component that was too large to be followed, the rest of its former customers stands alone, too.
    for (const subjectId of assigned.keys()) if (!reached.has(subjectId)) components.push([subjectId]);
    const decisions = reassign({ components, assigned, because: touched }, now().getTime());
    await remember(query, decisions);
    return decisions.map((decision) => asDecision(decision, assigned));
  };

  return {
    name: 'identification',
    on: ['identity.linked', 'identity.unlinked'],
    remembers: [assignmentTable],

    async decide(events, query) {
      const touched = touchedBy(events as ProjectedEvent<'identity.linked'>[]);
      if (touched.size === 0) return [];
      await lock(query);
      return identify(touched, query);
    },

    async reconcile(query, after) {
      await lock(query);
      const remembered = await recall(query);
      if (remembered && after === 'start') return [];
      const decisions: Decision[] = [];
      for await (const touched of allTouched(query)) decisions.push(...(await identify(touched, query)));
      return decisions;
    },
  };
}

/** Links of one customer may come on several shards: one transaction at a time decides, and sees what the one before it saw. */
const lock = (query: Query) =>
  query(`select pg_advisory_xact_lock(hashtextextended('perennial:identification', 0))`);

function touchedBy(events: readonly ProjectedEvent<'identity.linked'>[]): Touched {
  const touched: Touched = new Map();
  for (const event of events)
    for (const subjectId of endsOf(event) ?? []) touch(touched, subjectId, event.eventId);
  return touched;
}

/** No more of a subject's links are read than tell that it has too many. */
const neighboursIn =
  (query: Query, mostSubjects: number): Neighbours =>
  async (frontier) => {
    const rows = await query<{ subject_id: string; other: string }>(
      `select f.subject_id, l.other
         from unnest($1::uuid[]) f(subject_id),
      lateral ((select subject_b as other from link where subject_a = f.subject_id and linked limit $2)
               union all
               (select subject_a from link where subject_b = f.subject_id and linked limit $2)) l`,
      [frontier, mostSubjects],
    );
    return rows.map(({ subject_id, other }) => [subject_id, other]);
  };

/**
 * The cause holds the time of the last decision about these subjects: to merge again after a split is
 * another decision, though the same subjects and links are concerned.
 */
function asDecision(
  { type, customerId, subjectIds, time, data }: Reassignment,
  assigned: ReadonlyMap<string, Assignment>,
): Decision {
  const last = Math.max(0, ...subjectIds.map((subjectId) => assigned.get(subjectId)?.decidedAt ?? 0));
  return {
    type,
    streamId: customerId,
    subject: `customer:${customerId}`,
    time,
    data,
    cause: JSON.stringify([data, last]),
  };
}
