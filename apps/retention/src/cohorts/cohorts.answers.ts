import { Field } from '@perennial/service';

export class CohortMonth {
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

export class TriangleCell {
  @Field.integer({ description: 'Periods since the first one.' }) since!: number;
  @Field.integer({ description: 'Customers of the cohort with orders in this period.' }) customers!: number;
  @Field.decimal({ description: 'customers divided by those of the cohort.', example: '0.4200' })
  retention!: string;
  @Field.integer({ description: 'Their orders in this period.' }) orders!: number;
  @Field.decimal({ description: 'Total of these orders, in the reporting currency.' }) revenue!: string;
  @Field.decimal({ description: 'Total of all orders of the cohort up to here.' }) cumulativeRevenue!: string;
  @Field.decimal({ description: 'That, divided by the customers of the cohort.' })
  cumulativeRevenuePerCustomer!: string;
  @Field.boolean({ description: 'False for the last period with orders: it may not be over.' })
  complete!: boolean;
}

export class CohortOfTriangle {
  @Field.text({ description: 'First day of the period of the first order.', example: '2026-03-01' })
  cohort!: string;
  @Field.integer({ description: 'Customers whose first order was in it.' }) customers!: number;
  @Field.object({ description: 'It and all periods after.', of: () => TriangleCell, list: true })
  periods!: TriangleCell[];
}

export class Triangle {
  @Field.text({ description: 'Length of a period.', example: 'month' }) unit!: string;
  @Field.text({ description: 'The reporting currency: that of all amounts.', nullable: true })
  currency!: string | null;
  @Field.object({ description: 'The cohorts, the oldest first.', of: () => CohortOfTriangle, list: true })
  cohorts!: CohortOfTriangle[];
}

export class ReturningCustomers {
  @Field.text({ description: 'First day of the period.', example: '2026-03-01' }) period!: string;
  @Field.integer({ description: 'Customers with orders in it.' }) customers!: number;
  @Field.integer({ description: 'Those whose first order was in it.' }) newCustomers!: number;
  @Field.integer({ description: 'Those who had bought in an earlier period.' }) returningCustomers!: number;
  @Field.decimal({ description: 'returningCustomers divided by customers.', example: '0.4200' })
  returningShare!: string;
  @Field.integer({ description: 'Those who had bought in the period just before.' })
  retainedCustomers!: number;
  @Field.decimal({
    description: 'retainedCustomers divided by the customers of the period before; null if it had none.',
    nullable: true,
  })
  retentionRate!: string | null;
  @Field.integer({ description: 'Orders.' }) orders!: number;
  @Field.decimal({ description: 'Their total, in the reporting currency.' }) revenue!: string;
  @Field.decimal({ description: 'The part from returning customers.' }) returningRevenue!: string;
  @Field.decimal({
    description: 'returningRevenue divided by revenue; null without revenue.',
    nullable: true,
  })
  returningRevenueShare!: string | null;
  @Field.boolean({ description: 'False for the last period with orders: it may not be over.' })
  complete!: boolean;
}
