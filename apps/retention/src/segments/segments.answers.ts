import { Field } from '@perennial/service';

export class SegmentSize {
  @Field.text({ description: 'Day as of which is computed.', example: '2026-03-31' }) asOf!: string;
  @Field.text({ description: 'Currency of the amounts: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.text({ description: 'The segment.', example: 'champion' }) segment!: string;
  @Field.integer({ description: 'Customers in it.' }) customers!: number;
  @Field.integer({ description: 'Their orders up to that day.' }) orders!: number;
  @Field.decimal({ description: 'Total of these orders.' }) revenue!: string;
  @Field.integer({ description: 'Days since their latest order, on average.' }) averageRecencyDays!: number;
}

export class CustomerInSegment {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.text({ description: 'Day as of which is computed.', example: '2026-03-31' }) asOf!: string;
  @Field.text({ description: 'Currency of the revenue: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.text({ description: 'The segment.', example: 'champion' }) segment!: string;
  @Field.integer({ description: 'Days since the latest order.' }) recencyDays!: number;
  @Field.integer({ description: 'Different days with orders after the first one.' }) frequency!: number;
  @Field.integer({ description: 'Orders.' }) orders!: number;
  @Field.decimal({ description: 'Their total.' }) revenue!: string;
  @Field.integer({ description: 'Fifth by recency: 5 bought most recently.' }) recencyScore!: number;
  @Field.integer({ description: 'Fifth by frequency: 5 bought most often.' }) frequencyScore!: number;
  @Field.integer({ description: 'Fifth by revenue: 5 spent most.' }) valueScore!: number;
}

export class SegmentMove {
  @Field.text({ description: 'Currency of the revenue: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.text({ description: 'Segment on the earlier day; null: had not bought by then.', nullable: true })
  from!: string | null;
  @Field.text({ description: 'Segment on the later day.' }) to!: string;
  @Field.integer({ description: 'Customers.' }) customers!: number;
  @Field.decimal({ description: 'What they bought between the two days.' }) revenueBetween!: string;
}
