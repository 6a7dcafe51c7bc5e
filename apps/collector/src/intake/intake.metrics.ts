import { Injectable } from '@nestjs/common';
import { Metrics } from '@perennial/service';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Origin } from './arrival.js';

/** The door in numbers. Labels are names that we gave: a publisher's own words could name a person. */
@Injectable()
export class IntakeMetrics {
  private readonly events: Counter<'outcome' | 'origin' | 'source' | 'type'>;
  private readonly refusals: Counter<'origin' | 'source' | 'code'>;
  private readonly latency: Histogram;
  private readonly waiting: Gauge;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.events = new Counter({
      name: 'perennial_collector_events_total',
      help: 'Events accepted and duplicates, by origin, source (of the write key) and type.',
      labelNames: ['outcome', 'origin', 'source', 'type'],
      registers,
    });
    this.refusals = new Counter({
      name: 'perennial_collector_rejected_total',
      help: 'Events that could not be accepted, by origin, source (of the write key) and code.',
      labelNames: ['origin', 'source', 'code'],
      registers,
    });
    this.latency = new Histogram({
      name: 'perennial_collector_append_seconds',
      help: 'From handing events to the journal until they were committed.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.waiting = new Gauge({
      name: 'perennial_collector_events_waiting',
      help: 'Events handed to the journal and not yet committed.',
      registers,
    });
  }

  recorded(outcome: 'accepted' | 'duplicate', origin: Origin, source: string, type: string, count: number) {
    this.events.inc({ outcome, origin, source, type }, count);
  }

  refused(origin: Origin, source: string, code: string) {
    this.refusals.inc({ origin, source, code });
  }

  /** Measures an append. */
  async appending<Result>(count: number, append: () => Promise<Result>): Promise<Result> {
    const end = this.latency.startTimer();
    this.waiting.inc(count);
    try {
      return await append();
    } finally {
      this.waiting.dec(count);
      end();
    }
  }
}
