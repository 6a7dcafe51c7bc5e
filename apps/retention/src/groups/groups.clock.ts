import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Journal } from '@perennial/journal';
import {
  DATABASE,
  flushOutbox,
  inTransaction,
  JOURNAL,
  Layout,
  onConnection,
  Schedule,
} from '@perennial/read-models';
import type pg from 'pg';
import { regroup } from './groups.policy.js';

const SERVICE = 'retention';
const layout = new Layout(SERVICE);
/** How often it is asked whether the scores are others than those that customers were grouped by. */
const EVERY = 15_000;

/** Groups customers after their scores: once a day, after a fit, and when the thresholds were set. */
@Injectable()
export class GroupsClock implements OnApplicationBootstrap {
  constructor(
    @Inject(DATABASE) private readonly pool: pg.Pool,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly schedule: Schedule,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule.add('groups', EVERY, async () => {
      await this.decide();
    });
  }

  /** Answers whether customers were grouped anew. */
  async decide(): Promise<boolean> {
    const done = await onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', () => regroup(client, layout, new Date())),
    );
    if (done) await flushOutbox(this.pool, SERVICE, this.journal);
    return done;
  }
}
