import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE } from '@perennial/read-models';
import { Refused } from '@perennial/service';
import type pg from 'pg';

/** A system that publishes events. */
export interface Source {
  id: string;
  name: string;
  createdAt: Date;
  disabledAt: Date | null;
}

/** A source whose key is shown, once. */
export interface NewSource extends Source {
  writeKey: string;
}

const COLUMNS = 'id, name, created_at as "createdAt", disabled_at as "disabledAt"';
/** How long a key that another process disabled may still open the door. Milliseconds. */
const REMEMBERED = 10_000;
/** Unknown keys are remembered too, so that guessing does not reach the database; but not without end. */
const MOST_REMEMBERED = 10_000;

const hashOf = (writeKey: string): Buffer => createHash('sha256').update(writeKey).digest();

/** The sources and the hashes of their write keys. */
@Injectable()
export class Sources {
  private readonly known = new Map<string, { source: Source | undefined; until: number }>();

  constructor(@Inject(DATABASE) private readonly pool: pg.Pool) {}

  async list(): Promise<Source[]> {
    return (await this.pool.query<Source>(`select ${COLUMNS} from collector.source order by name`)).rows;
  }

  /** Throws `Refused` when the name is taken. */
  async create(name: string): Promise<NewSource> {
    const writeKey = `wk_${randomBytes(24).toString('base64url')}`;
    const { rows } = await this.pool.query<Source>(
      `insert into collector.source (name, key_hash) values ($1, $2) on conflict (name) do nothing returning ${COLUMNS}`,
      [name, hashOf(writeKey)],
    );
    const [source] = rows;
    if (!source) throw new Refused('source-exists', 'There is a source of this name.');
    return { ...source, writeKey };
  }

  /** Disabling again changes nothing. Throws `Refused` for a source that there is not. */
  async disable(id: string): Promise<Source> {
    const { rows } = await this.pool.query<Source>(
      `update collector.source set disabled_at = coalesce(disabled_at, now()) where id = $1 returning ${COLUMNS}`,
      [id],
    );
    this.known.clear();
    const [source] = rows;
    if (!source) throw new Refused('no-such-source', 'There is no source of this id.', 'missing');
    return source;
  }

  /** The source that a write key belongs to; undefined if it opens nothing. */
  async ofKey(writeKey: string): Promise<Source | undefined> {
    const hash = hashOf(writeKey);
    const name = hash.toString('base64');
    const known = this.known.get(name);
    if (known && known.until > Date.now()) return known.source;
    const { rows } = await this.pool.query<Source>(
      `select ${COLUMNS} from collector.source where key_hash = $1 and disabled_at is null`,
      [hash],
    );
    if (this.known.size >= MOST_REMEMBERED) this.known.clear();
    this.known.set(name, { source: rows[0], until: Date.now() + REMEMBERED });
    return rows[0];
  }
}
