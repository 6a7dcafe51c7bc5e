import { Field } from '@perennial/service';

export class Equity {
  @Field.text({ description: 'Day that the scores know orders up to.' }) asOf!: string;
  @Field.integer({ description: 'Version of the models.' }) modelVersion!: number;
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.integer({ description: 'Customers who have ordered or subscribed.' }) customers!: number;
  @Field.decimal({ description: 'Their lifetime values together: the customer equity.' })
  lifetimeValue!: string;
  @Field.integer({ description: 'Customers expected to be won within a year, at the rate of the last one.' })
  futureCustomers!: number;
  @Field.decimal({
    description: 'What a new customer is worth on the first day, with the first order or period.',
  })
  valueOfNewCustomer!: string;
  @Field.decimal({ description: 'What the customers of the next year are worth today.' })
  futureEquity!: string;
}

export class EquityPart {
  @Field.text({
    description: 'The channel, source, partner, product, category, month, group or band.',
    nullable: true,
  })
  part!: string | null;
  @Field.integer({ description: 'Customers.' }) customers!: number;
  @Field.decimal({ description: 'Their lifetime values together.' }) lifetimeValue!: string;
  @Field.decimal({ description: 'The same, a customer.' }) averageLifetimeValue!: string;
  @Field.decimal({ description: 'Share of all customer equity: 0 to 1.', nullable: true }) share!:
    string | null;
}

export class EquityStep {
  @Field.integer({ description: 'Customers concerned.' }) customers!: number;
  @Field.decimal({ description: 'Amount; below 0 where equity was lost.' }) amount!: string;
}

export class EquityChangeAnswer {
  @Field.text({ description: 'Day at whose end it begins.' }) from!: string;
  @Field.text({ description: 'Day at whose end it ends.' }) to!: string;
  @Field.integer({ description: 'Version of the models in force on the first day.' })
  fromModelVersion!: number;
  @Field.integer({ description: 'The same on the last day.' }) toModelVersion!: number;
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.object({ description: 'Customer equity at the beginning.', of: () => EquityStep })
  start!: EquityStep;
  @Field.object({
    description: 'Customers whose first order or subscription lies between.',
    of: () => EquityStep,
  })
  won!: EquityStep;
  @Field.object({ description: 'Customers who are worth more.', of: () => EquityStep }) grown!: EquityStep;
  @Field.object({ description: 'Customers who are worth less.', of: () => EquityStep }) shrunk!: EquityStep;
  @Field.object({
    description:
      'Customers whose churn risk has become high, or all of whose orders were cancelled; what they are worth less.',
    of: () => EquityStep,
  })
  lost!: EquityStep;
  @Field.object({
    description: 'What later models think differently about the same orders.',
    of: () => EquityStep,
  })
  reestimated!: EquityStep;
  @Field.object({ description: 'Customer equity at the end: the sum of all.', of: () => EquityStep })
  end!: EquityStep;
}

export class LeversAnswer {
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.decimal({
    description:
      'Worth of one more customer in a hundred who is still there, and of one more subscription in a hundred that is renewed.',
  })
  retention!: string;
  @Field.decimal({
    description:
      'Worth of one more cent of margin in each unit of revenue, of present customers and those of a year.',
  })
  margin!: string;
  @Field.decimal({ description: 'Worth of one per cent more new customers, for a year.' })
  acquisition!: string;
}
