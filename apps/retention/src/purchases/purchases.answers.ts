import { Field } from '@perennial/service';

/** What a customer bought and sent back in one currency. */
export class PurchasesAnswer {
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.integer({ description: 'Orders placed and not cancelled.' }) orders!: number;
  @Field.decimal({ description: 'Their total, before anything was sent back.', example: '59.80' })
  revenue!: string;
  @Field.integer({ description: 'Returns.' }) returns!: number;
  @Field.decimal({ description: 'What was paid back for them.' }) refunded!: string;
  @Field.decimal({ description: 'Revenue less what was paid back.' }) netRevenue!: string;
  @Field.decimal({ description: 'Revenue divided by orders.', nullable: true }) averageOrderValue!:
    string | null;
  @Field.integer({ description: 'Different days (UTC) with orders.' }) orderDays!: number;
  @Field.time({ description: 'First order.', nullable: true }) firstOrderAt!: Date | null;
  @Field.time({ description: 'Latest order.', nullable: true }) lastOrderAt!: Date | null;
}

export class CustomerPurchases {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.object({ description: 'What it bought, by currency.', of: () => PurchasesAnswer, list: true })
  purchases!: PurchasesAnswer[];
}

export class ListedPurchases extends PurchasesAnswer {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
}

/** Totals over all customers in one currency. */
export class Summary {
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.integer({ description: 'Customers with orders.' }) customers!: number;
  @Field.integer({ description: 'Customers with orders on more than one day.' }) repeatCustomers!: number;
  @Field.integer({ description: 'Orders placed and not cancelled.' }) orders!: number;
  @Field.decimal({ description: 'Their total.' }) revenue!: string;
  @Field.integer({ description: 'Returns.' }) returns!: number;
  @Field.decimal({ description: 'What was paid back for them.' }) refunded!: string;
  @Field.decimal({ description: 'Revenue less what was paid back.' }) netRevenue!: string;
  @Field.time({ description: 'First order.', nullable: true }) firstOrderAt!: Date | null;
  @Field.time({ description: 'Latest order.', nullable: true }) lastOrderAt!: Date | null;
}
