import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';

class CohortsQuery {
  @Field.text({ description: 'Only this currency.', pattern: /^[A-Z]{3}$/, optional: true })
  currency?: string;
}

class CohortMonth {
  @Field.text({ description: 'Currency of the amounts: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.text({ description: 'First day of the month of the first order.', example: '2026-03-01' })
  cohort!: string;
  @Field.integer({ description: 'Months since then.' }) monthsSince!: number;
  @Field.integer({ description: 'Customers whose first order was in that month.' }) cohortCustomers!: number;
  @Field.integer({ description: 'Those of them with orders in this month.' }) customers!: number;
  @Field.decimal({ description: 'customers divided by cohortCustomers.', example: '0.4200' }) share!: string;
  @Field.integer({ description: 'Their orders in this month.' }) orders!: number;
  @Field.decimal({ description: 'Total of these orders.' }) revenue!: string;
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
}
