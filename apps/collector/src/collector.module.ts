import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { PLATFORM, RunnerRegistry, type Platform } from '@perennial/read-models';
import { PublisherKeys, Service, ServiceSettings } from '@perennial/service';
import { migrateCollector } from './collector.migration.js';
import { CollectorLimits, CollectorSettings } from './collector.settings.js';
import { EventsController } from './door/events.controller.js';
import { UnreadableRequests } from './door/unreadable-requests.js';
import { InboundService } from './inbound/inbound.service.js';
import { Intake } from './intake/intake.js';
import { IntakeMetrics } from './intake/intake.metrics.js';
import { RejectedEvents } from './rejected/rejected-events.store.js';
import { RejectedRetry } from './rejected/rejected-retry.js';
import { RejectedController } from './rejected/rejected.controller.js';
import { RelayService } from './relay/relay.service.js';
import { SegmentCalls } from './segment/segment-calls.js';
import { SegmentController } from './segment/segment.controller.js';
import { KnownSources } from './sources/known-sources.js';
import { SourcesController } from './sources/sources.controller.js';
import { Sources } from './sources/sources.store.js';
import { WriteKeys } from './sources/write-keys.js';

/** The door: takes events in, and keeps what it can't take. */
@Service({ name: 'collector', description: 'Takes in events and keeps what can not be accepted.' })
@Module({
  controllers: [EventsController, SegmentController, RejectedController, SourcesController],
  providers: [
    Intake,
    IntakeMetrics,
    KnownSources,
    InboundService,
    RejectedEvents,
    RejectedRetry,
    RelayService,
    SegmentCalls,
    Sources,
    UnreadableRequests,
    { provide: PublisherKeys, useClass: WriteKeys },
    {
      provide: CollectorLimits,
      inject: [ServiceSettings],
      // In one process with other services there are only their common settings.
      useFactory: (settings: ServiceSettings) =>
        settings instanceof CollectorSettings ? settings : new CollectorLimits(),
    },
  ],
})
export class CollectorModule implements OnModuleInit {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    registry: RunnerRegistry,
    rejected: RejectedEvents,
    sources: KnownSources,
  ) {
    registry.counts.set('rejected', () => rejected.countOpen());
    registry.sources = () => sources.list();
  }

  async onModuleInit() {
    await migrateCollector(this.platform.databaseUrl);
  }
}
