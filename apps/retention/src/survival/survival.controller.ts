import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { kaplanMeier, type Departures } from '@perennial/lifetime-value';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { AsOfQuery, dayOf } from '../moments/as-of.js';
import { Survival } from './survival.answers.js';
import { departuresSql, divisions, durations, type Division, type Duration } from './survival.view.js';

class SurvivalQuery extends AsOfQuery {
  @Field.oneOf({
    description:
      'What lasts. subscription: from start to end. second-order: from the first to the second day with orders. next-order: from each day with orders to the next.',
    values: durations,
  })
  of!: Duration;
  @Field.oneOf({
    description:
      'One curve for each plan (of subscriptions) or year in which it began (cohort). Absent: none.',
    values: divisions,
    optional: true,
  })
  by?: Division;
}

@Controller('api/retention/survival')
@Allow('reader')
export class SurvivalController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** Survival curves (Kaplan & Meier 1958) with 95 % intervals, in days. */
  @Get()
  @Answers(Survival)
  async curves(@Query() { of, by = 'none', asOf }: SurvivalQuery): Promise<Survival> {
    const rows = await this.retention.query<(Departures & { asOf: string; group: string })[]>(
      `select as_of::text as "asOf", "group", days as time, "left", censored
         from (${departuresSql(of, by)}) departed order by "group", days`,
      [dayOf(asOf)],
    );
    const groups = Map.groupBy(rows, ({ group }) => group);
    return {
      of,
      asOf: rows[0]?.asOf ?? asOf ?? null,
      curves: [...groups].map(([group, departures]) => ({ group, ...kaplanMeier(departures) })),
    };
  }
}
