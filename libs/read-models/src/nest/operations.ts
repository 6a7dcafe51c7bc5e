import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Runner } from '../runner/runner.js';
import { quoted } from '../storage/column.js';
import type { Platform } from './platform.js';
import { DATABASE, PLATFORM } from './platform.module.js';
import { RunnerRegistry } from './runner.registry.js';

export interface ReadModelStatus {
  /** `service.read_model`. */
  name: string;
  kind: string;
  rows: number;
  /** Events of the journal that are not applied to it yet. */
  lag: number;
  /** When it was brought up to date last, by a batch of events or by a build from the journal; null before the first event. */
  updatedAt: string | null;
}

export interface Status {
  /** In the journal. */
  events: number;
  customers: number;
  /** Rejected events that wait for a correction. */
  rejected: number;
  /** Where events came from: their sources, sorted; at most a thousand. Those of a simulation begin with `/simulated/`. */
  sources: string[];
  /** Events in the journal that some service could not apply. */
  unapplied: number;
  readModels: ReadModelStatus[];
  /** What keeps a service from advancing, if anything does; of a collector also what keeps `inbound` and `relay`. */
  problems: Record<string, string>;
  analystUrl: string | null;
}

export interface SubjectFound {
  subjectId: string;
  customerId: string;
}

interface Counted {
  rows: Map<string, number>;
  customers: number;
  unapplied: number;
  batches: number;
  at: number;
}

/** The status of several processes as that of one system. Of several processes of a service the first one speaks. */
export function together(own: Status, others: readonly Partial<Status>[]): Status {
  const readModels = [...own.readModels];
  let { unapplied } = own;
  for (const other of others) {
    const news = (other.readModels ?? []).filter(({ name }) => !readModels.some((one) => one.name === name));
    readModels.push(...news);
    if (news.length > 0) unapplied += other.unapplied ?? 0;
  }
  const all: readonly Partial<Status>[] = [own, ...others];
  const most = (count: 'events' | 'customers' | 'rejected') =>
    Math.max(...all.map((status) => status[count] ?? 0));
  return {
    events: most('events'),
    customers: most('customers'),
    rejected: most('rejected'),
    sources: [...new Set(all.flatMap(({ sources = [] }) => sources))].sort(),
    unapplied,
    readModels,
    problems: Object.assign({}, ...all.map(({ problems }) => problems)) as Record<string, string>,
    analystUrl: own.analystUrl,
  };
}

/** Questions about all services of this process. */
@Injectable()
export class Operations {
  private readonly counted = new Map<Runner, Counted>();

  constructor(
    private readonly registry: RunnerRegistry,
    @Inject(DATABASE) private readonly database: pg.Pool,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  /** Counts may be up to `maxAge` seconds old. */
  async status(maxAge: number): Promise<Status> {
    const heads = await this.platform.journal.heads();
    const services = await Promise.all(this.registry.all.map((runner) => this.ofService(runner, maxAge)));
    const count = async (name: string) => (await this.registry.counts.get(name)?.()) ?? 0;
    return {
      events: heads.reduce((sum, { position }) => sum + position, 0),
      customers: Math.max(0, ...services.map(({ customers }) => customers)),
      rejected: await count('rejected'),
      sources: await this.registry.sources(),
      unapplied: services.reduce((sum, { unapplied }) => sum + unapplied, 0),
      readModels: services.flatMap(({ readModels }) => readModels),
      problems: this.problems(),
      analystUrl: this.platform.analystUrl ?? null,
    };
  }

  private problems(): Record<string, string> {
    const ofServices = this.registry.all.map(
      (runner) => [runner.options.models.schema, runner.problem] as const,
    );
    const ofOthers = [...this.registry.problems].map(([name, problem]) => [name, problem()] as const);
    return Object.fromEntries(
      [...ofServices, ...ofOthers].flatMap(([name, problem]) => (problem ? [[name, problem]] : [])),
    );
  }

  /** All read models kept here, as `service.read_model`. */
  get readModels(): string[] {
    return this.registry.all.flatMap(({ options: { models } }) =>
      models.all.map(({ name }) => `${models.schema}.${name}`),
    );
  }

  /** The runners that keep these, with the bare names of what is theirs. */
  runnersOf(readModels: readonly string[]): [Runner, string[]][] {
    return this.registry.all.flatMap((runner): [Runner, string[]][] => {
      const { models } = runner.options;
      const names = models.all.map(({ name }) => name);
      const theirs = names.filter((name) => readModels.includes(`${models.schema}.${name}`));
      return theirs.length > 0 ? [[runner, theirs]] : [];
    });
  }

  async subject(subjectId: string): Promise<SubjectFound | undefined> {
    const [runner] = this.registry.all;
    if (!runner) return undefined;
    const { rows } = await this.database.query<{ customer_id: string }>(
      `select customer_id from ${quoted(runner.layout.live)}.subject where subject_id = $1`,
      [subjectId],
    );
    return rows[0] && { subjectId, customerId: rows[0].customer_id };
  }

  private async ofService(runner: Runner, maxAge: number) {
    const { models } = runner.options;
    const [lag, updatedAt, { rows, customers, unapplied }] = await Promise.all([
      runner.backlog(),
      this.updatedAt(runner),
      this.count(runner, maxAge),
    ]);
    return {
      customers,
      unapplied,
      readModels: models.all.map(({ name, kind }) => ({
        name: `${models.schema}.${name}`,
        kind,
        rows: rows.get(name) ?? 0,
        lag,
        updatedAt: updatedAt.get(name) ?? null,
      })),
    };
  }

  /** By read model; a batch that was committed a moment ago is known to the runner only. */
  private async updatedAt({ layout, options, appliedAt }: Runner): Promise<Map<string, string | null>> {
    const live = quoted(layout.live);
    const { rows } = await this.database.query<{ name: string; updated_at: Date | null }>(
      `select m.name, case when exists (select from ${live}.cursor where consumer = $1 and position > 0)
                           then greatest($2::timestamptz, p.applied_at, m.built_at) end as updated_at
         from ${live}.read_model m left join ${live}.progress p on p.consumer = $1`,
      [options.models.schema, appliedAt],
    );
    return new Map(rows.map(({ name, updated_at }) => [name, updated_at?.toISOString() ?? null]));
  }

  private async count(runner: Runner, maxAge: number): Promise<Counted> {
    const known = this.counted.get(runner);
    if (known && (known.batches === runner.counters.batches || Date.now() - known.at < maxAge * 1000))
      return known;
    const { models } = runner.options;
    const live = quoted(runner.layout.live);
    const batches = runner.counters.batches;
    const counts = [
      ...models.all.map(({ name }) => `(select count(*) from ${live}.${quoted(name)})`),
      `(select count(distinct customer_id) from ${live}.subject)`,
      `(select count(*) from ${live}.unapplied)`,
    ];
    const { rows } = await this.database.query<string[]>({
      text: `select ${counts.join(', ')}`,
      rowMode: 'array',
    });
    const numbers = (rows[0] ?? []).map(Number);
    const counted: Counted = {
      rows: new Map(models.all.map(({ name }, index) => [name, numbers[index] ?? 0])),
      customers: numbers.at(-2) ?? 0,
      unapplied: numbers.at(-1) ?? 0,
      batches,
      at: Date.now(),
    };
    this.counted.set(runner, counted);
    return counted;
  }
}
