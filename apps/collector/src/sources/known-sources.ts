import { Inject, Injectable } from '@nestjs/common';
import { DATABASE } from '@perennial/read-models';
import type pg from 'pg';
import { shown } from '../intake/arrival-names.js';

/** A company has fewer systems; one that names its devices in `source` must not fill the table. */
const MOST = 1_000;

/** Sources that events came from, as the events say it; none that could be a mail address. */
@Injectable()
export class KnownSources {
  private readonly known = new Set<string>();

  constructor(@Inject(DATABASE) private readonly pool: pg.Pool) {}

  /** To be called before events are recorded: then none in the journal has a source that is not listed. */
  async note(sources: Iterable<string>): Promise<void> {
    if (this.known.size >= MOST) return;
    const fresh = [...new Set(sources)].filter((source) => !this.known.has(source) && shown(source));
    if (fresh.length === 0) return;
    await this.pool.query(
      `insert into collector.known_source (source)
       select source from unnest($1::text[]) source order by source
        limit greatest(0, $2 - (select count(*) from collector.known_source)) on conflict do nothing`,
      [fresh, MOST],
    );
    for (const source of fresh) this.known.add(source);
  }

  async list(): Promise<string[]> {
    const { rows } = await this.pool.query<{ source: string }>(
      'select source from collector.known_source order by source',
    );
    return rows.map(({ source }) => source);
  }
}
