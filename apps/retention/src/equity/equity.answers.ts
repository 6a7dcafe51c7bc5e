import { Field } from '@perennial/service';

export class Equity {
  @Field.text({ description: 'Day that the scores know orders up to.' }) asOf!: string;
  @Field.integer({ description: 'Version of the models.' }) modelVersion!: number;
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.decimal({
    description: 'Customer equity: what present customers, and those expected within a year, are worth.',
  })
  equity!: string;
  @Field.integer({ description: 'Present customers: all who have ordered or subscribed.' })
  customers!: number;
  @Field.decimal({ description: 'Their lifetime values together.' }) lifetimeValue!: string;
  @Field.decimal({
    description:
      'With a probability of 80 % they are at least so much, as far as it is the parameters of the models of orders that are uncertain; null where the data do not determine them.',
    nullable: true,
  })
  lifetimeValueLow!: string | null;
  @Field.decimal({ description: '… and at most so much.', nullable: true }) lifetimeValueHigh!: string | null;
  @Field.integer({ description: 'Customers expected to be won within a year, at the rate of the last one.' })
  futureCustomers!: number;
  @Field.decimal({
    description: 'What a new customer is worth on the first day, with the first order or period.',
  })
  valueOfNewCustomer!: string;
  @Field.decimal({
    description: 'What the customers of the next year are worth today: won half a year from now on average.',
  })
  futureEquity!: string;
}

export class EquityPart {
  @Field.text({
    description:
      'The channel, source, partner, product, category, month, group or band; null: nobody said. By cohort "future": customers to come.',
    nullable: true,
  })
  part!: string | null;
  @Field.integer({ description: 'Present customers.' }) customers!: number;
  @Field.decimal({ description: 'Their lifetime values together.' }) lifetimeValue!: string;
  @Field.decimal({ description: 'The same, a customer; null: none is there.', nullable: true })
  averageLifetimeValue!: string | null;
  @Field.integer({
    description: 'Customers expected within a year; null by group and risk, which they do not have yet.',
    nullable: true,
  })
  futureCustomers!: number | null;
  @Field.decimal({
    description:
      'What a new customer is worth on the first day, with the first order or period; null where none was won lately, by group and risk.',
    nullable: true,
  })
  valueOfNewCustomer!: string | null;
  @Field.decimal({
    description:
      'What the customers of the next year are worth today: split as those who were won in the days that their number follows from, by how many came by each part, and what these are worth since their first day. Null by group and risk.',
    nullable: true,
  })
  futureEquity!: string | null;
  @Field.decimal({ description: 'Lifetime values and future equity together.' }) equity!: string;
  @Field.decimal({ description: 'Share of the equity of all parts: 0 to 1.', nullable: true }) share!:
    string | null;
}

export class OtherParts extends EquityPart {
  @Field.integer({ description: 'How many parts these are.' }) parts!: number;
}

export class EquityPartsAnswer {
  @Field.text({ description: 'What it is split by.' }) by!: string;
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.text({
    description:
      'What became of the customers of the next year: "by part": split; "one part": all of them in the part "future"; "none": in no part, so that the parts add up to present customers alone.',
  })
  future!: 'by part' | 'one part' | 'none';
  @Field.text({ description: 'The same in a sentence, with what is assumed.' }) futureRule!: string;
  @Field.decimal({ description: 'What the customers of the next year are worth today, altogether.' })
  futureEquity!: string;
  @Field.decimal({ description: 'Sum over the parts: customer equity, unless "future" is "none".' })
  equity!: string;
  @Field.object({
    description: 'The parts, those with the most equity first.',
    of: () => EquityPart,
    list: 1000,
  })
  parts!: EquityPart[];
  @Field.object({
    description: 'All other parts together; null: all are listed.',
    of: () => OtherParts,
    nullable: true,
  })
  others!: OtherParts | null;
}

export class EquityStep {
  @Field.integer({ description: 'Customers concerned.' }) customers!: number;
  @Field.decimal({ description: 'Amount; below 0 where equity was lost.' }) amount!: string;
}

export class FutureSteps {
  @Field.object({
    description: 'Customers expected on the first day to be won within a year, and their worth.',
    of: () => EquityStep,
  })
  start!: EquityStep;
  @Field.object({
    description: 'What became of it as more or fewer customers were won, by the models of the first day.',
    of: () => EquityStep,
  })
  pace!: EquityStep;
  @Field.object({
    description: 'What later models think of new customers differently.',
    of: () => EquityStep,
  })
  reestimated!: EquityStep;
  @Field.object({ description: 'The same as start on the last day: the sum of all.', of: () => EquityStep })
  end!: EquityStep;
}

export class EquityChangeAnswer {
  @Field.text({ description: 'Day at whose end it begins.' }) from!: string;
  @Field.text({ description: 'Day at whose end it ends.' }) to!: string;
  @Field.integer({ description: 'Version of the models in force on the first day.' })
  fromModelVersion!: number;
  @Field.integer({ description: 'The same on the last day.' }) toModelVersion!: number;
  @Field.text({ description: 'Currency of all amounts: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.object({ description: 'What the customers of the first day are worth.', of: () => EquityStep })
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
  @Field.object({
    description: 'What the customers of the last day are worth: the sum of all.',
    of: () => EquityStep,
  })
  end!: EquityStep;
  @Field.object({
    description: 'What was expected of customers to come, on the first day and on the last one.',
    of: () => FutureSteps,
  })
  future!: FutureSteps;
  @Field.decimal({ description: 'Customer equity of the first day: start and future.start.' })
  equityBefore!: string;
  @Field.decimal({ description: 'Customer equity of the last day: end and future.end.' })
  equityAfter!: string;
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
