import { Controller, Get, Inject, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DATABASE, inTransaction, Layout, onConnection } from '@perennial/read-models';
import { Allow, Answers, Field, Refused } from '@perennial/service';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { BetweenQuery, daysOf } from '../moments/as-of.js';
import type { FittedModels } from '../models/models.decider.js';
import { dayNumber } from '../scores/day.js';
import { Equity, EquityChangeAnswer, EquityPartsAnswer, LeversAnswer } from './equity.answers.js';
import { DIMENSIONS, type Dimension } from './equity-part.view.js';
import { futureRule, LISTED, partsSql, type FutureOfParts, type PlacedPart } from './parts.js';
import { leversOf, leversSql, onePointMoreRenewed, type EquitySums } from './levers.js';
import { equityChange } from './valuation.js';
import type { Step } from './waterfall.js';

class PartsQuery {
  @Field.oneOf({ description: 'What it is split by.', values: Object.keys(DIMENSIONS) })
  by!: Dimension;
  @Field.integer({
    description: 'Parts to list at most, those with the most equity; all others are one.',
    min: 1,
    max: LISTED,
    optional: true,
  })
  limit?: number;
}

const layout = new Layout('retention');
const money = (amount: number) => amount.toFixed(2);
const step = ({ customers, amount }: Step) => ({ customers, amount: money(amount / 100) });
const nothingYet = () =>
  new Refused(
    'no-models',
    'No models were fitted yet: that is done soon after the first orders or subscriptions have come in.',
    'missing',
  );

@Controller('api/retention/equity')
@Allow('reader')
export class EquityController {
  constructor(
    @InjectDataSource('retention') private readonly retention: DataSource,
    @Inject(DATABASE) private readonly pool: pg.Pool,
  ) {}

  /** What all customers, and those expected to be won within a year, are worth today. */
  @Get()
  @Answers(Equity)
  async equity(): Promise<Equity> {
    const [found] = await this.retention.query<Equity[]>(
      `select f.as_of::text as "asOf", f.model_version as "modelVersion", f.currency,
              (s.lifetime_value + f.equity)::text as equity, s.customers, s.lifetime_value::text as "lifetimeValue",
              round(s.of_subscriptions + s.of_orders * m.lifetime_value_low, 2)::text as "lifetimeValueLow",
              round(s.of_subscriptions + s.of_orders * m.lifetime_value_high, 2)::text as "lifetimeValueHigh",
              f.customers as "futureCustomers", f.value_of_new_customer::text as "valueOfNewCustomer",
              f.equity::text as "futureEquity"
         from future_customers f
         join models m on m.version = f.model_version
         cross join (
           select count(*)::int as customers, sum(lifetime_value) as lifetime_value,
                  coalesce(sum(subscription_lifetime_value), 0) as of_subscriptions,
                  sum(lifetime_value - coalesce(subscription_lifetime_value, 0)) as of_orders
             from scores) s
        where s.customers > 0`,
    );
    if (!found) throw nothingYet();
    return found;
  }

  /** Where customer equity comes from; what nobody said is null. */
  @Get('parts')
  @Answers(EquityPartsAnswer)
  async parts(@Query() { by, limit = LISTED }: PartsQuery): Promise<EquityPartsAnswer> {
    const [future] = await this.retention.query<FutureOfParts[]>(
      `select equity::text as "futureEquity", currency, within_days as "withinDays" from future_customers`,
    );
    if (!future) throw nothingYet();
    const rows = await this.retention.transaction(async (manager) => {
      // First orders of all customers are sorted.
      await manager.query(`set local work_mem to '64MB'`);
      return manager.query<PlacedPart[]>(partsSql, [by, limit]);
    });
    const [others] = rows.filter(({ place }) => place > limit);
    return {
      by,
      currency: future.currency,
      future: DIMENSIONS[by],
      futureRule: futureRule(by, future),
      futureEquity: future.futureEquity,
      equity: money(rows.reduce((sum, { part }) => sum + Math.round(Number(part.equity) * 100), 0) / 100),
      parts: rows.filter(({ place }) => place <= limit).map(({ part }) => part),
      others: others ? { parts: others.parts, ...others.part } : null,
    };
  }

  /** How customer equity changed from one day to another, in steps that add up exactly. */
  @Get('change')
  @Answers(EquityChangeAnswer)
  async change(@Query() days: BetweenQuery): Promise<EquityChangeAnswer> {
    const [from, to] = daysOf(days);
    const found = await onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', () => equityChange(client, from, to)),
    );
    if (!found) throw nothingYet();
    const { waterfall, future, fromModels, toModels } = found;
    return {
      from,
      to,
      fromModelVersion: fromModels.version,
      toModelVersion: toModels.version,
      currency: toModels.currency ?? null,
      start: step(waterfall.start),
      won: step(waterfall.won),
      grown: step(waterfall.grown),
      shrunk: step(waterfall.shrunk),
      lost: step(waterfall.lost),
      reestimated: step(waterfall.reestimated),
      end: step(waterfall.end),
      future: {
        start: step(future.start),
        pace: step(future.pace),
        reestimated: step(future.reestimated),
        end: step(future.end),
      },
      equityBefore: money((waterfall.start.amount + future.start.amount) / 100),
      equityAfter: money((waterfall.end.amount + future.end.amount) / 100),
    };
  }

  /** What one more point of retention, of margin, of new customers is worth. */
  @Get('levers')
  @Answers(LeversAnswer)
  async levers(): Promise<LeversAnswer> {
    const { sums, models, asOf } = await this.sums();
    const renewedMore = await onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', () => onePointMoreRenewed(client, models, dayNumber(asOf))),
    );
    const { retention, margin, acquisition } = leversOf(sums, models.assumptions, renewedMore);
    return {
      currency: models.currency ?? null,
      retention: money(retention),
      margin: money(margin),
      acquisition: money(acquisition),
    };
  }

  private async sums(): Promise<{ sums: EquitySums; models: FittedModels; asOf: string }> {
    const [inForce] = await this.retention.query<{ models: FittedModels; asOf: string }[]>(
      'select fitted as models, scoring.as_of::text as "asOf" from model join scoring on scoring.model_version = model.version',
    );
    const [sums] = await this.retention.query<EquitySums[]>(leversSql);
    if (!inForce || !sums || sums.lifetimeValue === null) throw nothingYet();
    return { sums, ...inForce };
  }
}
