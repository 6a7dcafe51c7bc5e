import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PLATFORM, RunnerRegistry, type Platform } from '@perennial/read-models';
import { Metrics } from '@perennial/service';
import { Counter, Gauge } from 'prom-client';
import { Relay } from './relay.js';
import { RelayLease } from './relay.lease.js';

/** Runs the relay where the stream is Kafka, and tells how it does. */
@Injectable()
export class RelayService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly relay?: Relay;

  constructor(
    @Inject(PLATFORM) { kafka, journal, database }: Platform,
    { registry }: Metrics,
    { problems }: RunnerRegistry,
  ) {
    if (!kafka) return;
    const logger = new Logger('relay');
    const log = (message: string, fields: Record<string, unknown>) =>
      fields.problem ? logger.warn({ ...fields, message }) : logger.log({ ...fields, message });
    const relay = new Relay({ journal, kafka, lease: new RelayLease(database), log });
    this.relay = relay;
    problems.set('relay', () => relay.problem);
    const registers = [registry];
    new Gauge({
      name: 'perennial_relay_active',
      help: '1 in the process that publishes the journal to Kafka, 0 where the relay stands by.',
      registers,
      collect() {
        this.set(relay.active ? 1 : 0);
      },
    });
    new Gauge({
      name: 'perennial_relay_lag_events',
      help: 'Events of the journal that are not published to Kafka yet; told by the one whose turn it is.',
      registers,
      async collect() {
        this.reset();
        if (relay.holdsLease)
          await relay.backlog().then(
            (lag) => this.set(lag),
            () => undefined,
          );
      },
    });
    const counted = {
      published: ['perennial_relay_published_events_total', 'Events published to Kafka.'],
      decisions: ['perennial_relay_published_decisions_total', 'Decisions published to Kafka.'],
      begun: ['perennial_relay_begun_total', 'How often the relay began to publish: once is usual.'],
    } as const;
    for (const key of Object.keys(counted) as (keyof typeof counted)[]) {
      const [name, help] = counted[key];
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(relay.counters[key]);
        },
      });
    }
  }

  onApplicationBootstrap(): void {
    this.relay?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.relay?.stop();
  }
}
