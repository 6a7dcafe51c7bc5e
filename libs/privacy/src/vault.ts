import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { openPool } from '@perennial/journal';
import type pg from 'pg';
import { MasterKeys, WRAPPED_LENGTH } from './master-key.js';
import { Recent } from './recent.js';
import { sealText } from './sealed-text.js';
import { keyedSubjectId, normalSubject } from './subject-id.js';

/** Path under which an identifier is sealed; no field of data can have it. */
export const IDENTIFIER = '@subject';
const SECRET = 'subject-id';
const PURPOSE = 'purpose:';
const REWRAP_BATCH = 5_000;

export interface VaultOptions {
  /** 32 bytes in hexadecimal or base64. */
  masterKey: string;
  /** Master keys used before, until `rewrap` has run. */
  formerMasterKeys?: readonly string[];
  /** Keys remembered (default 50,000). */
  cacheSize?: number;
  /** Milliseconds a key is remembered: how long an erasure by another process may go unnoticed (default 60,000). */
  cacheAge?: number;
}

/** A subject that can be sealed for. */
export interface SubjectKey {
  subjectId: string;
  /** An opaque object: ciphers start twice as fast with it, and no log shows its bytes. */
  key: KeyObject;
  /** `sealed:1:…` of the identifier. One text for all the subject's events: its stream says as much. */
  sealedIdentifier: string;
}

interface KeyRow {
  subject_id: string;
  wrapped_key: Buffer | null;
  sealed_identifier: string | null;
}

/**
 * A key for each new subject, the stored one for the others. A row that another process inserts at this very
 * moment is neither inserted nor seen here; the caller asks again.
 */
const GET_OR_CREATE = `
with made as (
  insert into vault.subject_key (subject_id, wrapped_key, sealed_identifier)
  select id, substr($2::bytea, (n::integer - 1) * ${WRAPPED_LENGTH} + 1, ${WRAPPED_LENGTH}), identifier
    from unnest($1::uuid[], $3::text[]) with ordinality new(id, identifier, n)
   where not exists (select from vault.subject_key where subject_id = id)
   order by id
  on conflict do nothing
  returning subject_id, wrapped_key, sealed_identifier
)
select * from made
union all
select subject_id, wrapped_key, sealed_identifier from vault.subject_key where subject_id = any($1::uuid[])`;

/** A random 32-byte secret of the vault itself, the same for every process that asks by its name. */
async function getOrCreateSecret(pool: pg.Pool, masterKeys: MasterKeys, name: string): Promise<KeyObject> {
  await pool.query('insert into vault.secret (name, wrapped) values ($1, $2) on conflict do nothing', [
    name,
    masterKeys.wrap(randomBytes(32), name),
  ]);
  const { rows } = await pool.query<{ wrapped: Buffer }>('select wrapped from vault.secret where name = $1', [
    name,
  ]);
  return createSecretKey(masterKeys.unwrap(rows[0]?.wrapped ?? Buffer.alloc(0), name));
}

/**
 * The keys of personal data, in a Postgres database of their own: a key a subject, wrapped by a master key that is
 * not in the database. Destroying a subject's key makes its personal data unreadable wherever they are.
 */
export class Vault {
  private constructor(
    private readonly pool: pg.Pool,
    private readonly masterKeys: MasterKeys,
    private readonly hashKey: KeyObject,
    /** undefined in it: erased. */
    private readonly known: Recent<{ subject: SubjectKey | undefined }>,
  ) {}

  /** Opens the vault of a database that `migrateVault` prepared. Throws `MasterKeyError`. */
  static async open(url: string, options: VaultOptions): Promise<Vault> {
    const masterKeys = new MasterKeys(options.masterKey, options.formerMasterKeys);
    const pool = openPool(url, { name: 'vault', max: 4 });
    try {
      const hashKey = await getOrCreateSecret(pool, masterKeys, SECRET);
      return new Vault(
        pool,
        masterKeys,
        hashKey,
        new Recent(options.cacheSize ?? 50_000, options.cacheAge ?? 60_000),
      );
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /** The id of a subject, a UUID: of its stream, its partition key and its rows. */
  subjectIdOf(subject: string): string {
    return keyedSubjectId(this.hashKey, subject);
  }

  /**
   * Keys by subject id for sealing; new subjects get one. Absent are the subjects that were erased: once erased
   * always erased, since new data under a new key would undo the erasure without anyone having decided so.
   */
  async keysOf(subjects: Iterable<string>): Promise<Map<string, SubjectKey>> {
    const found = new Map<string, SubjectKey>();
    let missing = new Map<string, string>();
    for (const subject of subjects) {
      const id = this.subjectIdOf(subject);
      const known = this.known.get(id);
      if (known?.subject) found.set(id, known.subject);
      else if (!known) missing.set(id, normalSubject(subject));
    }
    while (missing.size > 0) {
      const rows = await this.getOrCreate(missing);
      const seen = new Set(rows.map((row) => row.subject_id));
      for (const subject of this.remember(rows)) found.set(subject.subjectId, subject);
      missing = new Map([...missing].filter(([id]) => !seen.has(id)));
    }
    return found;
  }

  /**
   * A key for what belongs to no one subject, such as events that can't be read; made when it is first asked for.
   * To be used with `sealBytes` and `openBytes`.
   */
  purposeKey(purpose: string): Promise<KeyObject> {
    return getOrCreateSecret(this.pool, this.masterKeys, `${PURPOSE}${purpose}`);
  }

  /** Keys by subject id for opening. Absent are those that were erased and those that never were. */
  async openKeys(subjectIds: Iterable<string>): Promise<Map<string, KeyObject>> {
    const found = new Map<string, KeyObject>();
    const missing = new Set<string>();
    for (const id of subjectIds) {
      const known = this.known.get(id);
      if (known?.subject) found.set(id, known.subject.key);
      else if (!known) missing.add(id);
    }
    if (missing.size > 0) {
      const { rows } = await this.pool.query<KeyRow>({
        name: 'vault.open',
        text: 'select subject_id, wrapped_key, sealed_identifier from vault.subject_key where subject_id = any($1::uuid[])',
        values: [[...missing]],
      });
      for (const { subjectId, key } of this.remember(rows)) found.set(subjectId, key);
    }
    return found;
  }

  /**
   * Destroys the keys of subjects, and with them every personal value that was sealed for them. Tombstones stay, also for
   * subjects that were never seen. Erasing again changes nothing. Other processes may hold a key for `cacheAge` longer;
   * what they seal with it is lost as well.
   */
  async erase(subjectIds: readonly string[]): Promise<void> {
    await this.pool.query(
      `insert into vault.subject_key as k (subject_id, erased_at)
       select distinct id, now() from unnest($1::uuid[]) id order by id
       on conflict (subject_id) do update
         set erased_at = coalesce(k.erased_at, excluded.erased_at), wrapped_key = null, sealed_identifier = null
       where k.wrapped_key is not null or k.erased_at is null`,
      [subjectIds],
    );
    for (const id of subjectIds) this.known.delete(id);
  }

  /** When the key of each of these subjects was destroyed; absent where it was not. */
  async erased(subjectIds: readonly string[]): Promise<Map<string, Date>> {
    const { rows } = await this.pool.query<{ subject_id: string; erased_at: Date }>(
      `select subject_id, erased_at from vault.subject_key
        where subject_id = any($1::uuid[]) and erased_at is not null and wrapped_key is null`,
      [subjectIds],
    );
    return new Map(rows.map((row) => [row.subject_id, row.erased_at]));
  }

  /**
   * Wraps anew with the present master key what a former one wrapped, and answers how many keys those were. Works beside
   * running services, which all need the present key as their master key and the other among the former ones before
   * this starts, and the other no longer after it has ended. Can be repeated after a failure. No id and no sealed value
   * changes.
   */
  async rewrap(): Promise<number> {
    let rewrapped = 0;
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await this.pool.query<{ subject_id: string; wrapped_key: Buffer }>(
        `select subject_id, wrapped_key from vault.subject_key
          where subject_id > $1 and wrapped_key is not null order by subject_id limit ${REWRAP_BATCH}`,
        [last],
      );
      if (rows.length === 0) break;
      last = rows.at(-1)?.subject_id ?? last;
      const old = rows.filter((row) => !this.masterKeys.isCurrent(row.wrapped_key));
      const renewed = old.map((row) =>
        this.masterKeys.wrap(this.masterKeys.unwrap(row.wrapped_key, row.subject_id), row.subject_id),
      );
      // A key that was erased meanwhile stays erased.
      await this.pool.query(
        `update vault.subject_key k set wrapped_key = substr($2::bytea, (n::integer - 1) * ${WRAPPED_LENGTH} + 1, ${WRAPPED_LENGTH})
           from unnest($1::uuid[]) with ordinality renewed(id, n)
          where k.subject_id = renewed.id and k.wrapped_key is not null`,
        [old.map((row) => row.subject_id), Buffer.concat(renewed)],
      );
      rewrapped += old.length;
    }
    rewrapped += await this.rewrapPurposeKeys();
    // Last: as long as it stands under the old key, an unfinished rewrap is noticed when the old key is missing.
    await this.pool.query('update vault.secret set wrapped = $2 where name = $1', [
      SECRET,
      this.masterKeys.wrap(this.hashKey.export(), SECRET),
    ]);
    return rewrapped;
  }

  async close(): Promise<void> {
    this.known.clear();
    await this.pool.end();
  }

  private async rewrapPurposeKeys(): Promise<number> {
    const { rows } = await this.pool.query<{ name: string; wrapped: Buffer }>(
      'select name, wrapped from vault.secret where starts_with(name, $1)',
      [PURPOSE],
    );
    const old = rows.filter(({ wrapped }) => !this.masterKeys.isCurrent(wrapped));
    for (const { name, wrapped } of old) {
      await this.pool.query('update vault.secret set wrapped = $2 where name = $1', [
        name,
        this.masterKeys.wrap(this.masterKeys.unwrap(wrapped, name), name),
      ]);
    }
    return old.length;
  }

  private async getOrCreate(missing: ReadonlyMap<string, string>): Promise<KeyRow[]> {
    const wrapped: Buffer[] = [];
    const identifiers: string[] = [];
    for (const [id, subject] of missing) {
      const key = randomBytes(32);
      wrapped.push(this.masterKeys.wrap(key, id));
      identifiers.push(sealText(createSecretKey(key), subject, id, IDENTIFIER));
    }
    const values = [[...missing.keys()], Buffer.concat(wrapped), identifiers];
    return (await this.pool.query<KeyRow>({ name: 'vault.keys', text: GET_OR_CREATE, values })).rows;
  }

  /** Unwraps rows into the cache; answers those that are not erased. */
  private remember(rows: readonly KeyRow[]): SubjectKey[] {
    return rows.flatMap((row) => {
      const { subject_id: subjectId, wrapped_key: wrapped, sealed_identifier: sealedIdentifier } = row;
      const subject =
        wrapped && sealedIdentifier
          ? { subjectId, key: createSecretKey(this.masterKeys.unwrap(wrapped, subjectId)), sealedIdentifier }
          : undefined;
      this.known.set(subjectId, { subject });
      return subject ? [subject] : [];
    });
  }
}
