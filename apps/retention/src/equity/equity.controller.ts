import { Controller, Get, Inject, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DATABASE, inTransaction, Layout, onConnection } from '@perennial/read-models';
import { Allow, Answers, Field, Refused, RequestProblem } from '@perennial/service';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { dayOf } from '../moments/as-of.js';
import type { FittedModels } from '../models/models.decider.js';
import { dayNumber } from '../scores/day.js';
import { Equity, EquityChangeAnswer, EquityPart, LeversAnswer } from './equity.answers.js';
import { leversOf, leversSql, onePointMoreRenewed, type EquitySums } from './levers.js';
import { equityChange } from './valuation.js';
import type { Step } from './waterfall.js';

const DIMENSIONS = [
  'channel',
  'source',
  'partner',
  'sku',
  'category',
  'cohort',
  'group',
  'risk_band',
] as const;

class PartsQuery {
  @Field.oneOf({ description: 'What it is split by.', values: DIMENSIONS })
  by!: (typeof DIMENSIONS)[number];
}

class ChangeQuery {
  @Field.text({ description: 'Day (UTC) at whose end it begins.', pattern: /^\d{4}-\d{2}-\d{2}$/ })
  from!: string;
  @Field.text({ description: 'Day at whose end it ends.', pattern: /^\d{4}-\d{2}-\d{2}$/ }) to!: string;
}

const layout = new Layout('retention');
const money = (amount: number) => amount.toFixed(2);
const nothingYet = () =>
  new Refused(
    'no-models',
    'No models were fitted yet: no customer has an order or a subscription.',
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
    const { sums, models } = await this.sums();
    const { future } = leversOf(sums, models);
    const [found] = await this.retention.query<
      { asOf: string; modelVersion: number; customers: number; lifetimeValue: string }[]
    >(
      `select s.as_of::text as "asOf", s.model_version as "modelVersion", count(*)::int as customers,
              sum(lifetime_value)::text as "lifetimeValue"
         from scoring s cross join scores group by 1, 2`,
    );
    return {
      ...found!,
      currency: models.currency ?? null,
      futureCustomers: Math.round(future.customers),
      valueOfNewCustomer: money(future.valueOfEach),
      futureEquity: money(future.equity),
    };
  }

  /** Where customer equity comes from; what nobody said is null. */
  @Get('parts')
  @Answers([EquityPart])
  parts(@Query() { by }: PartsQuery): Promise<EquityPart[]> {
    return this.retention.query<EquityPart[]>(
      `select "${by}"::text as part, count(*)::int as customers, sum(lifetime_value)::text as "lifetimeValue",
              round(avg(lifetime_value), 2)::text as "averageLifetimeValue",
              round(sum(lifetime_value) / nullif(sum(sum(lifetime_value)) over (), 0), 4)::text as share
         from customer_equity group by "${by}" order by sum(lifetime_value) desc, 1 limit 1000`,
    );
  }

  /** How customer equity changed from one day to another, in steps that add up exactly. */
  @Get('change')
  @Answers(EquityChangeAnswer)
  async change(@Query() { from, to }: ChangeQuery): Promise<EquityChangeAnswer> {
    const [first, last] = [dayOf(from, 'from')!, dayOf(to, 'to')!];
    if (first > last) throw new RequestProblem(400, 'invalid-request', 'from must not be after to.');
    const found = await onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', () => equityChange(client, first, last)),
    );
    if (!found) throw nothingYet();
    const { waterfall, fromModels, toModels } = found;
    const step = ({ customers, amount }: Step) => ({ customers, amount: money(amount / 100) });
    return {
      from: first,
      to: last,
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
    const { retention, margin, acquisition } = leversOf(sums, models, renewedMore);
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
