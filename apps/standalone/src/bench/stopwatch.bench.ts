import type pg from 'pg';
import type { Share } from './figures.bench.js';

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

interface Named {
  name?: string;
  text?: string;
}

/** A statement in a few words: what it does to which table. */
function inWords(query: string | Named): string {
  const named = typeof query === 'string' ? { text: query } : query;
  const text = (named.text ?? '').trim();
  const table = (pattern: RegExp) => pattern.exec(text)?.[1];
  if (named.name?.startsWith('customers of')) return 'look up customers';
  if (named.name?.startsWith('advance')) return 'fence';
  if (text.startsWith('copy')) return `copy ${table(/^copy \S*?"?([\w-]+)"? \(/)}`;
  if (/^with (fresh|recursive )/.test(text)) return `compute ${table(/insert into \S*?\."?(\w+)"? as t/)}`;
  if (/_before" t? ?\(|_before" \(/.test(text.slice(0, 80))) return `remember ${table(/"(\w+)_before"/)}`;
  if (/^(insert into|with)/.test(text) && /insert into \S+\."?\w+"? as t/.test(text))
    return `write ${table(/insert into \S*?\."?(\w+)"? as t/)}`;
  if (text.includes('pg_advisory_xact_lock(hashtext')) return 'lock customers';
  const alter = table(/^(?:alter table|create index on) \S*?\."?(\w+)"? /);
  if (alter) return `index ${alter}`;
  return text.split(/\s+/, 2)[0]!.replace(';', '');
}

/** Sums up how long things take, by name. */
export class Stopwatch {
  private readonly spent = new Map<string, number>();
  private total = 0;

  /** The whole that shares are shares of. */
  async whole(work: () => Promise<unknown>): Promise<number> {
    const taken = await seconds(work);
    this.total += taken * 1_000;
    return taken;
  }

  add(part: string, milliseconds: number): void {
    this.spent.set(part, (this.spent.get(part) ?? 0) + milliseconds);
  }

  /** The function, timed. */
  timed<Arguments extends unknown[], Answer>(
    part: string,
    work: (...given: Arguments) => Promise<Answer>,
  ): (...given: Arguments) => Promise<Answer> {
    return async (...given) => {
      const start = performance.now();
      try {
        return await work(...given);
      } finally {
        this.add(part, performance.now() - start);
      }
    };
  }

  /**
   * Times every statement of the pool's connections that are made from now on: from when it was sent, or the one before
   * it on its connection was answered.
   */
  watch(pool: pg.Pool): void {
    pool.on('connect', (client) => {
      let answered = 0;
      const query = client.query.bind(client) as (...given: unknown[]) => unknown;
      const timed = (...given: unknown[]): unknown => {
        const start = performance.now();
        const answer = query(...given) as { then?: unknown; once?: (event: string, on: () => void) => void };
        const end = () => {
          const now = performance.now();
          this.add(inWords(given[0] as Named), now - Math.max(start, answered));
          answered = now;
        };
        if (typeof answer?.then === 'function') (answer as Promise<unknown>).then(end, end);
        else answer?.once?.('end', end);
        return answer;
      };
      client.query = timed as unknown as typeof client.query;
    });
  }

  shares(): Share[] {
    return [...this.spent]
      .map(([part, milliseconds]) => ({
        part,
        milliseconds: Math.round(milliseconds),
        share: Math.round((milliseconds / this.total) * 1_000) / 1_000,
      }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }
}
