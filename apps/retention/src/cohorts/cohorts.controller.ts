import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { cohortTriangleSql } from './cohort-triangle.view.js';
import {
  CohortMonth,
  ReturningCustomers,
  Triangle,
  type CohortOfTriangle,
  type TriangleCell,
} from './cohorts.answers.js';
import { periodUnits, type PeriodUnit } from './period.js';
import { returningCustomersSql } from './returning-customers.view.js';

class CohortsQuery {
  @Field.text({ description: 'Only this currency.', pattern: /^[A-Z]{3}$/, optional: true })
  currency?: string;
}

class PeriodQuery {
  @Field.oneOf({
    description: 'Length of a period; weeks begin on Monday. Absent: month.',
    values: periodUnits,
    optional: true,
  })
  unit?: PeriodUnit;
}

@Controller('api/retention/cohorts')
@Allow('reader')
export class CohortsController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** Customers by the month of their first order, and how many of them bought in the months after. */
  @Get()
  @Answers([CohortMonth])
  list(@Query() { currency }: CohortsQuery): Promise<CohortMonth[]> {
    return this.retention.query<CohortMonth[]>(
      `select currency, cohort::text, months_since as "monthsSince", cohort_customers as "cohortCustomers",
              customers, share::text, orders, revenue::text
         from cohorts where $1::text is null or currency = $1 order by currency, cohort, months_since`,
      [currency ?? null],
    );
  }

  /** The triangles of retention and revenue: each cohort through all periods after its first, also those without orders. */
  @Get('triangle')
  @Answers(Triangle)
  async triangle(@Query() { unit = 'month' }: PeriodQuery): Promise<Triangle> {
    const cells = await this.retention.query<(TriangleCell & { cohort: string; cohortCustomers: number })[]>(
      `select cohort::text, since, cohort_customers as "cohortCustomers", customers, retention::text, orders,
              revenue::text, cumulative_revenue::text as "cumulativeRevenue",
              cumulative_revenue_per_customer::text as "cumulativeRevenuePerCustomer", complete
         from (${cohortTriangleSql(unit)}) triangle order by cohort, since`,
    );
    const cohorts = new Map<string, CohortOfTriangle>();
    for (const { cohort, cohortCustomers, ...cell } of cells) {
      const known = cohorts.get(cohort) ?? { cohort, customers: cohortCustomers, periods: [] };
      known.periods.push(cell);
      cohorts.set(cohort, known);
    }
    return { unit, currency: await this.reportingCurrency(), cohorts: [...cohorts.values()] };
  }

  /** How much of each period's business comes from customers of earlier periods. */
  @Get('returning')
  @Answers([ReturningCustomers])
  returning(@Query() { unit = 'month' }: PeriodQuery): Promise<ReturningCustomers[]> {
    return this.retention.query<ReturningCustomers[]>(
      `select period::text, customers, new_customers as "newCustomers", returning_customers as "returningCustomers",
              returning_share::text as "returningShare", retained_customers as "retainedCustomers",
              retention_rate::text as "retentionRate", orders, revenue::text,
              returning_revenue::text as "returningRevenue",
              returning_revenue_share::text as "returningRevenueShare", complete
         from (${returningCustomersSql(unit)}) customers`,
    );
  }

  private async reportingCurrency(): Promise<string | null> {
    const rows = await this.retention.query<{ currency: string }[]>(
      `select currency from reporting_currency`,
    );
    return rows[0]?.currency ?? null;
  }
}
