import { Injectable } from '@nestjs/common';
import { Metrics } from '@perennial/service';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { RunnerCounters } from '../runner/runner.js';
import { RunnerRegistry } from './runner.registry.js';

const counted: Record<keyof RunnerCounters, [name: string, help: string]> = {
  applied: ['applied_events_total', 'Events applied to the read models since the start.'],
  duplicates: ['duplicate_events_total', 'Events that came again and were skipped.'],
  gaps: ['gaps_total', 'Gaps in the stream, filled from the journal.'],
  fencesLost: ['fences_lost_total', 'Batches given up because another process had claimed the shard.'],
  unapplied: ['unapplied_events_total', 'Events set aside because they could not be applied.'],
  decisions: ['decisions_total', 'Decisions of policies, to be appended to the journal.'],
  refused: ['refused_decisions_total', 'Decisions that are larger than the journal takes.'],
  batches: ['batches_total', 'Transactions that advanced the cursor.'],
  retries: ['retries_total', 'Batches that failed and were tried again.'],
};

/** What the runners count, and how far they lag, for Prometheus: labelled by service. */
@Injectable()
export class RunnerMetrics {
  constructor(
    { registry }: Metrics,
    private readonly runners: RunnerRegistry,
  ) {
    for (const key of Object.keys(counted) as (keyof RunnerCounters)[]) this.count(key, registry);
    new Gauge({
      name: 'perennial_read_models_lag_events',
      help: 'Events of the journal that are not applied yet.',
      labelNames: ['service'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const runner of runners.all)
          // While the database is away the lag is unknown; the other numbers are still told.
          await runner.backlog().then(
            (lag) => this.set({ service: runner.options.models.schema }, lag),
            () => undefined,
          );
      },
    });
  }

  private count(key: keyof RunnerCounters, registry: Registry): void {
    const { runners } = this;
    const [name, help] = counted[key];
    new Counter({
      name: `perennial_read_models_${name}`,
      help,
      labelNames: ['service'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { options, counters } of runners.all)
          this.inc({ service: options.models.schema }, counters[key]);
      },
    });
  }
}
