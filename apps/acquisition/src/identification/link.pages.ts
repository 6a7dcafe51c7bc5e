import type { Query } from '@perennial/read-models';

/** Ids of the events that said something about a subject, by the subject's id. */
export type Touched = Map<string, string[]>;

const PAGE = 5_000;
const before = '00000000-0000-0000-0000-000000000000';

/** Says that an event touched a subject. */
export function touch(touched: Touched, subjectId: string, eventId: string): void {
  const known = touched.get(subjectId);
  if (known) known.push(eventId);
  else touched.set(subjectId, [eventId]);
}

/** Everything that identification could have to decide about: all linked subjects, then all that are assigned to others. */
export async function* allTouched(query: Query): AsyncGenerator<Touched> {
  for (let after = [before, before]; ;) {
    const rows = await query<{ subject_a: string; subject_b: string; event_id: string }>(
      `select subject_a, subject_b, event_id from link
        where linked and (subject_a, subject_b) > ($1::uuid, $2::uuid) order by subject_a, subject_b limit ${PAGE}`,
      after,
    );
    const last = rows.at(-1);
    if (!last) break;
    after = [last.subject_a, last.subject_b];
    const touched: Touched = new Map();
    for (const { subject_a, subject_b, event_id } of rows)
      for (const subjectId of [subject_a, subject_b]) touch(touched, subjectId, event_id);
    yield touched;
  }
  for (let after = before; ;) {
    const rows = await query<{ subject_id: string }>(
      `select subject_id from assignment where customer_id <> subject_id and subject_id > $1
        order by subject_id limit ${PAGE}`,
      [after],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.subject_id;
    yield new Map(rows.map(({ subject_id }) => [subject_id, []]));
  }
}
