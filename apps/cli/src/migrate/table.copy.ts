import pg from 'pg';
import { Refused } from '../system/problem.js';

/** A table that is not computed from the journal, and so has to go along. */
interface KeptTable {
  name: string;
  /** What a row is known by. */
  key: string;
}

/** What the vault keeps: without it nothing personal can be read, and no identifier is recognised. */
export const VAULT_TABLES: readonly KeptTable[] = [
  { name: 'vault.secret', key: 'name' },
  { name: 'vault.subject_key', key: 'subject_id' },
];
/** What the door keeps: who may publish, and what could not be accepted. */
export const COLLECTOR_TABLES: readonly KeptTable[] = [
  { name: 'collector.source', key: 'id' },
  { name: 'collector.rejected', key: 'id' },
];

const PAGE = 2_000;

/**
 * Copies rows that the other database lacks; those it has stay as they are. Answers how many rows the source has.
 * Throws `Refused` when the target turns out to hold other secrets than the source.
 */
export async function copyTables(
  fromUrl: string,
  toUrl: string,
  tables: readonly KeptTable[],
): Promise<Record<string, number>> {
  const [from, to] = [
    new pg.Client({ connectionString: fromUrl }),
    new pg.Client({ connectionString: toUrl }),
  ];
  await from.connect();
  await to.connect();
  try {
    const rows: Record<string, number> = {};
    for (const table of tables) rows[table.name] = await copyTable(from, to, table);
    return rows;
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function copyTable(from: pg.Client, to: pg.Client, { name, key }: KeptTable): Promise<number> {
  let count = 0;
  let last: string | null = null;
  for (;;) {
    const { rows }: pg.QueryResult<{ key: string; row: object }> = await from.query(
      `select ${key}::text as key, to_jsonb(t) as row from ${name} t where $1::text is null or ${key}::text > $1 order by 1 limit ${PAGE}`,
      [last],
    );
    if (rows.length === 0) break;
    count += rows.length;
    last = rows.at(-1)!.key;
    await to.query(
      `insert into ${name} overriding system value select * from jsonb_populate_recordset(null::${name}, $1) on conflict do nothing`,
      [JSON.stringify(rows.map(({ row }) => row))],
    );
  }
  if (name === 'vault.secret') await expectSame(from, to);
  if (name === 'vault.subject_key') await erase(from, to);
  if (name === 'collector.rejected')
    await to.query(
      `select setval(pg_get_serial_sequence('${name}', 'number'), greatest(max(number), 1), max(number) is not null) from ${name}`,
    );
  return count;
}

/** Another secret would give every subject another id: what was moved would be nobody's. */
async function expectSame(from: pg.Client, to: pg.Client): Promise<void> {
  const secrets = 'select name, wrapped from vault.secret order by name';
  const known = new Map(
    (await to.query<{ name: string; wrapped: Buffer }>(secrets)).rows.map((row) => [row.name, row.wrapped]),
  );
  for (const { name, wrapped } of (await from.query<{ name: string; wrapped: Buffer }>(secrets)).rows)
    if (!known.get(name)?.equals(wrapped))
      throw new Refused(
        `The vault there has secrets of its own ("${name}"): a Perennial was started on it before. Use an empty database, and start services only after the move.`,
      );
}

/** A subject that was erased since a first copy is erased there, too. */
async function erase(from: pg.Client, to: pg.Client): Promise<void> {
  const { rows } = await from.query<{ subject_id: string; erased_at: string }>(
    'select subject_id, erased_at::text from vault.subject_key where erased_at is not null',
  );
  await to.query(
    `update vault.subject_key k set erased_at = e.erased_at, wrapped_key = null, sealed_identifier = null
       from unnest($1::uuid[], $2::timestamptz[]) e(subject_id, erased_at)
      where k.subject_id = e.subject_id and k.erased_at is null`,
    [rows.map(({ subject_id }) => subject_id), rows.map(({ erased_at }) => erased_at)],
  );
}
