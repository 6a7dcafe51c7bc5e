import { Injectable } from '@nestjs/common';
import { OversizedBody } from '@perennial/service';
import type { Origin } from '../intake/arrival.js';
import { IntakeMetrics } from '../intake/intake.metrics.js';
import { temporarilyAway } from '../intake/temporarily-away.js';
import { RejectedEvents } from '../rejected/rejected-events.store.js';
import type { Unreadable } from './unreadable.js';

/** A body as it came, or what is known of one that was too large to be read. */
export type SentBody = Buffer | OversizedBody;

export interface UnreadableRequest {
  origin: Origin;
  publisher: string | undefined;
  body: SentBody;
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
          reference: `request of ${sizeOf(body)} bytes`,
          reason: { code, message, path: '' },
          body: body instanceof OversizedBody ? null : body,
          receivedAt,
        },
      ]);
    } catch (error) {
      throw temporarilyAway(error) ?? error;
    }
    this.metrics.refused(origin, publisher ?? '', code);
  }
}

const sizeOf = (body: SentBody) =>
  body.length ?? (body instanceof OversizedBody ? `more than ${body.limit}` : 0);
