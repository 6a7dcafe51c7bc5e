import { Injectable } from '@nestjs/common';
import type { Origin } from '../intake/arrival.js';
import { IntakeMetrics } from '../intake/intake.metrics.js';
import { temporarilyAway } from '../intake/temporarily-away.js';
import { RejectedEvents } from '../rejected/rejected-events.store.js';
import type { Unreadable } from './unreadable.js';

export interface UnreadableRequest {
  origin: Origin;
  publisher: string | undefined;
  body: Buffer;
  receivedAt: Date;
}

/** Keeps requests of which nothing could be read; their publishers may not look at the answer. */
@Injectable()
export class UnreadableRequests {
  constructor(
    private readonly rejected: RejectedEvents,
    private readonly metrics: IntakeMetrics,
  ) {}

  async file({ code, message }: Unreadable, request: UnreadableRequest): Promise<void> {
    // Nothing was sent, or nothing of ours.
    if (code === 'empty-body' || code === 'unsupported-format' || code === 'unsupported-encoding') return;
    const { origin, publisher, body, receivedAt } = request;
    try {
      await this.rejected.file([
        {
          origin,
          source: publisher ?? null,
          reference: `request of ${body.length} bytes`,
          reason: { code, message, path: '' },
          body,
          receivedAt,
        },
      ]);
    } catch (error) {
      throw temporarilyAway(error) ?? error;
    }
    this.metrics.refused(origin, publisher ?? '', code);
  }
}
