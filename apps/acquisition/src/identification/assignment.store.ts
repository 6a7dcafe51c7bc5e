import type { PolicyTable, Query } from '@perennial/read-models';
import type { Assignment, Reassignment } from './identification.decider.js';

/** What identification remembers of its decisions. */
export const assignmentTable: PolicyTable = {
  name: 'assignment',
  comment: 'The customer that identification decided last for each subject, ahead of "subject".',
  columns: 'subject_id uuid primary key, customer_id uuid not null, decided_at timestamptz(3) not null',
  indexes: [['customer_id']],
};

/** What was decided about these subjects, and about all others that have the same customers. */
export async function assignedWith(
  query: Query,
  subjectIds: readonly string[],
): Promise<Map<string, Assignment>> {
  const rows = await query<{ subject_id: string; customer_id: string; decided_at: Date }>(
    `select subject_id, customer_id, decided_at from assignment
      where subject_id = any($1::uuid[])
         or customer_id = any(array(select customer_id from assignment where subject_id = any($1::uuid[])))`,
    [subjectIds],
  );
  return new Map(
    rows.map((row) => [row.subject_id, { customerId: row.customer_id, decidedAt: row.decided_at.getTime() }]),
  );
}

export async function remember(query: Query, decisions: readonly Reassignment[]): Promise<void> {
  const rows = decisions.flatMap(({ subjectIds, customerId, time }) =>
    subjectIds.map((subjectId) => ({ subjectId, customerId, time })),
  );
  if (rows.length === 0) return;
  await query(
    `insert into assignment (subject_id, customer_id, decided_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
     on conflict (subject_id) do update set customer_id = excluded.customer_id, decided_at = excluded.decided_at`,
    [
      rows.map(({ subjectId }) => subjectId),
      rows.map(({ customerId }) => customerId),
      rows.map(({ time }) => time),
    ],
  );
}

/** After the database was lost: what we decided is in the journal, and so in "subject". Answers whether anything was remembered before. */
export async function recall(query: Query): Promise<boolean> {
  const [row] = await query<{ remembered: boolean }>('select exists (select from assignment) as remembered');
  if (row?.remembered) return true;
  await query(
    // The stamp begins with the milliseconds of the decision, counted from 2^46 before 1970.
    `insert into assignment (subject_id, customer_id, decided_at)
     select subject_id, assigned_id,
            to_timestamp((('x' || encode(substring(assigned_id_stamp for 6), 'hex'))::bit(48)::bigint - (1::bigint << 46)) / 1000.0)
       from subject where assigned_id is not null`,
  );
  return false;
}
