import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Journal } from '@perennial/journal';
import {
  DATABASE,
  flushOutbox,
  inTransaction,
  JOURNAL,
  Layout,
  onConnection,
  RunnerRegistry,
  Schedule,
} from '@perennial/read-models';
import type pg from 'pg';
import { Fitter } from '../models/fitter.js';
import { Fitting } from '../models/fitting.js';
import type { Assumptions, Models } from '../models/models.decider.js';
import { followScores } from './scorer.js';

const SERVICE = 'retention';
const layout = new Layout(SERVICE);
/** How often customers whose orders have changed are scored. */
const FOLLOW_EVERY = 1_000;
/** How often it is asked whether a fit or a new day is due. */
const DECIDE_EVERY = 30_000;
/** A history that is being imported is waited for until no event has come for so long … */
const QUIET = 2_000;
/** … or until this has passed since the last decision. */
const AT_LATEST = 600_000;
/**
 * Costs and exchange rates come one by one and concern everybody: for their sake all are scored so rarely that it takes a
 * thirtieth of the time. A small company's follow in seconds, those of a million customers in some minutes.
 */
const COSTS_WAIT = 30;

/** What retention does by the clock: fits models, lets the days pass, and scores whom a batch has changed. */
@Injectable()
export class ScoringClock implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly fitter = new Fitter();
  private readonly fitting: Fitting;
  private decidedAt = -Infinity;
  private scoredAllAt = -Infinity;
  private scoredAllIn = 0;

  constructor(
    @Inject(DATABASE) private readonly pool: pg.Pool,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly registry: RunnerRegistry,
    private readonly schedule: Schedule,
  ) {
    this.fitting = new Fitting(pool, journal, this.fitter);
  }

  onApplicationBootstrap(): void {
    this.schedule.add('scores', FOLLOW_EVERY, async () => {
      if (this.isTime(Date.now())) await this.decide();
      await this.follow();
    });
  }

  /** Nobody waits for a fit that the next start can make as well. */
  async onModuleDestroy(): Promise<void> {
    await this.fitter.stop();
  }

  /** Decides what is due and waits until it is applied. */
  async decide(): Promise<void> {
    const decided = await this.fitting.decide();
    if (decided) await this.runner?.caughtUp();
    this.decidedAt = Date.now();
  }

  /** Scores everybody who has to be scored. */
  async follow(): Promise<void> {
    const began = Date.now();
    const mayScoreAll = began - this.scoredAllAt >= COSTS_WAIT * this.scoredAllIn;
    for (let more = true; more;) {
      more = await onConnection(this.pool, (client) =>
        inTransaction(client, layout, 'shared', () => followScores(client, mayScoreAll)),
      );
      if (more) {
        this.scoredAllAt = Date.now();
        this.scoredAllIn = this.scoredAllAt - began;
      }
    }
    await flushOutbox(this.pool, SERVICE, this.journal);
  }

  /** An operator's fit; answers when all scores follow it, or why there was none. */
  async fitNow(changes: Partial<Assumptions>): Promise<{ models: Models; problem?: string }> {
    const fitted = await this.fitting.fitNow(changes);
    await this.runner?.caughtUp();
    await this.follow();
    return fitted;
  }

  private get runner() {
    return this.registry.of(SERVICE);
  }

  private isTime(now: number): boolean {
    const since = now - this.decidedAt;
    if (since < DECIDE_EVERY) return false;
    const { appliedAt } = this.runner ?? {};
    return since >= AT_LATEST && this.decidedAt > 0 ? true : now - (appliedAt?.getTime() ?? 0) >= QUIET;
  }
}
