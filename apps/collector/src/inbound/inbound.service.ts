import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PLATFORM, RunnerRegistry, type Platform } from '@perennial/read-models';
import { CollectorLimits } from '../collector.settings.js';
import { Intake } from '../intake/intake.js';
import { Inbound } from './inbound.js';

/** Records what is published to Kafka, where the stream is Kafka. */
@Injectable()
export class InboundService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly inbound?: Inbound;

  constructor(
    @Inject(PLATFORM) { kafka }: Platform,
    intake: Intake,
    { eventLimit }: CollectorLimits,
    { problems }: RunnerRegistry,
  ) {
    const logger = new Logger('inbound');
    if (!kafka) return;
    const inbound = new Inbound({
      kafka,
      eventLimit,
      take: (delivery) => intake.take(delivery),
      log: (message, fields) => logger.warn({ ...fields, message }),
    });
    this.inbound = inbound;
    problems.set('inbound', () => inbound.problem);
  }

  onApplicationBootstrap(): void {
    this.inbound?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.inbound?.stop();
  }
}
