import { Controller, Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Journal } from '@perennial/journal';
import {
  currentCustomer,
  DATABASE,
  JOURNAL,
  inTransaction,
  Layout,
  onConnection,
} from '@perennial/read-models';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery, Refused } from '@perennial/service';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { dayOf } from '../moments/as-of.js';
import { amountKeyOf } from '../purchases/amount.cursor.js';
import { explained, explainedOn } from './explanation.js';
import { scoreCustomerOn } from './score-as-of.js';
import { Explanation, Score, scoreFields, ScoreHistory } from './scores.answers.js';

class ScoresPage extends PageOf(Score) {}

class ScoreQuery {
  @Field.day({
    description:
      'The score as of the end of this day (UTC), by the models in force then; absent: the present one.',
    optional: true,
  })
  asOf?: string;
}

class HistoryQuery {
  @Field.integer({ description: 'How many months.', min: 1, max: 60, optional: true })
  months: number = 12;
}

const layout = new Layout('retention');

const noScore = (day: string | null) =>
  new Refused(
    'no-score',
    day
      ? `This customer had neither an order nor a subscription up to ${day}, or no models were fitted yet.`
      : 'This customer has neither an order nor a subscription, or was not scored yet.',
    'missing',
  );

@Controller('api/retention/scores')
@Allow('reader')
export class ScoresController {
  constructor(
    @InjectDataSource('retention') private readonly retention: DataSource,
    @Inject(DATABASE) private readonly pool: pg.Pool,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** What customers are expected to do, those who are worth most first. */
  @Get()
  @Answers(ScoresPage)
  async list(@Query() { limit, after }: PageQuery) {
    const rows = await this.retention.query<Score[]>(
      `select ${scoreFields} from scores
        where $1::numeric is null or (scores.lifetime_value, customer_id) < ($1::numeric, $2::uuid)
        order by scores.lifetime_value desc, customer_id desc limit $3`,
      [...amountKeyOf(after), limit + 1],
    );
    return pageOf(rows, limit, ({ lifetimeValue, customerId }) => [lifetimeValue, customerId]);
  }

  /** What one customer is expected to do, or was on a day. */
  @Get(':customer')
  @Answers(Score)
  async ofCustomer(
    @Param('customer', ParseUUIDPipe) id: string,
    @Query() { asOf }: ScoreQuery,
  ): Promise<Score> {
    const customerId = await currentCustomer(this.retention, id);
    const day = dayOf(asOf);
    const [score] = day
      ? await this.scoresOn(customerId, [day])
      : await this.retention.query<Score[]>(`select ${scoreFields} from scores where customer_id = $1`, [
          customerId,
        ]);
    if (!score) throw noScore(day);
    return score;
  }

  /** The customer's scores at the ends of the last months, each by the models in force then. */
  @Get(':customer/history')
  @Answers(ScoreHistory)
  async history(
    @Param('customer', ParseUUIDPipe) id: string,
    @Query() { months }: HistoryQuery,
  ): Promise<ScoreHistory> {
    const customerId = await currentCustomer(this.retention, id);
    const ends = await this.retention.query<{ day: string }[]>(
      `select (date_trunc('month', as_of) - make_interval(months => back) - interval '1 day')::date::text as day
         from scoring, generate_series(0, $1::int - 1) back order by back`,
      [months],
    );
    return {
      customerId,
      months: await this.scoresOn(
        customerId,
        ends.map(({ day }) => day),
      ),
    };
  }

  /** Why a customer's score is, or on a day was, what it is: orders, subscriptions, the models, and how it compares. */
  @Get(':customer/explanation')
  @Answers(Explanation)
  async explanation(
    @Param('customer', ParseUUIDPipe) id: string,
    @Query() { asOf }: ScoreQuery,
  ): Promise<Explanation> {
    const customerId = await currentCustomer(this.retention, id);
    const day = dayOf(asOf);
    const explanation = await onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', () =>
        day ? explainedOn(client, this.journal, customerId, day) : explained(client, customerId),
      ),
    );
    if (!explanation) throw noScore(day);
    return explanation;
  }

  private scoresOn(customerId: string, days: readonly string[]): Promise<Score[]> {
    return onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', async () => {
        await scoreCustomerOn(client, this.journal, customerId, days);
        return (
          await client.query<Score>(`select ${scoreFields} from score_as_of order by score_as_of.as_of desc`)
        ).rows;
      }),
    );
  }
}
