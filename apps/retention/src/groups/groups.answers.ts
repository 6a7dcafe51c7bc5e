import { Field } from '@perennial/service';
import { groups } from './group.js';

export class Thresholds {
  @Field.decimal({
    description: 'Value in a year of the relationship from which on a customer is profitable.',
  })
  valuePerYear!: string;
  @Field.text({ description: 'Its currency: ISO 4217 code.', nullable: true }) currency!: string | null;
  @Field.decimal({ description: 'Probability of an order within the horizon from which on one is loyal.' })
  loyalty!: string;
  @Field.decimal({ description: 'Part of the value by which it must be crossed before a group is left.' })
  valueHysteresis!: string;
  @Field.decimal({ description: 'By how much the probability must lie on the other side.' })
  loyaltyHysteresis!: string;
  @Field.text({
    description: 'The event that set them; null: none are set, they follow from the model.',
    nullable: true,
  })
  setBy!: string | null;
  @Field.time({ description: 'When they were set.', nullable: true }) setAt!: Date | null;
}

export class ThresholdsSetting extends Thresholds {
  @Field.boolean({ description: 'Whether customers are grouped by them at present.' }) inForce!: boolean;
  @Field.text({
    description:
      'The exchange rate that they wait for, because they are in another currency than the scores: what was in force before them stays until it is published. Null: they are in force, or were set again later.',
    example: 'an exchange rate between USD and EUR for 2026-03-01 or a day before',
    nullable: true,
  })
  waitingFor!: string | null;
  @Field.text({ description: 'Why.', nullable: true }) reason!: string | null;
}

export class ThresholdsInForce extends Thresholds {
  @Field.text({
    description: 'The event of a later setting that is not in force yet; null: none is.',
    nullable: true,
  })
  waitingSetBy!: string | null;
  @Field.text({ description: 'The exchange rate that it waits for.', nullable: true })
  waitingFor!: string | null;
  @Field.text({ description: 'Day that the scores know orders up to.' }) asOf!: string;
  @Field.integer({ description: 'Version of the models.' }) modelVersion!: number;
}

class GroupSize {
  @Field.oneOf({ description: 'The group.', values: groups }) group!: string;
  @Field.boolean({ description: 'Whether its customers are profitable.' }) profitable!: boolean;
  @Field.boolean({ description: 'Whether they are expected to stay.' }) loyal!: boolean;
  @Field.integer({ description: 'Customers in it.' }) customers!: number;
  @Field.decimal({ description: 'Value that they leave in a year.' }) valuePerYear!: string;
  @Field.decimal({ description: 'Value expected of them within the horizon.' }) expectedValue!: string;
  @Field.text({ description: 'What to do with them.' }) strategy!: string;
}

export class Groups {
  @Field.object({
    description: 'The thresholds in force; null before the first fit.',
    of: () => ThresholdsInForce,
    nullable: true,
  })
  thresholds!: ThresholdsInForce | null;
  @Field.object({ description: 'The four groups.', of: () => GroupSize, list: true }) groups!: GroupSize[];
}

export class CustomerOfGroup {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.oneOf({ description: 'The group.', values: groups }) group!: string;
  @Field.decimal({ description: 'Value in a year of the relationship.' }) valuePerYear!: string;
  @Field.decimal({ description: 'Probability of an order within the horizon.' }) loyalty!: string;
  @Field.decimal({ description: 'Value expected within the horizon.' }) expectedValue!: string;
  @Field.text({ description: 'Currency of the values: ISO 4217 code.', nullable: true }) currency!:
    string | null;
  @Field.text({ description: 'Day that the score knows orders up to.' }) asOf!: string;
  @Field.integer({ description: 'Version of the models.' }) modelVersion!: number;
}

class Change {
  @Field.text({ description: 'The decision: an event.' }) eventId!: string;
  @Field.time({ description: 'When it was decided.' }) decidedAt!: Date;
  @Field.oneOf({ description: 'The group before.', values: groups }) from!: string;
  @Field.oneOf({ description: 'The group from then on.', values: groups }) to!: string;
  @Field.text({ description: 'Day that the scores knew orders up to.' }) asOf!: string;
  @Field.text({ description: 'Why.', list: true }) reasons!: string[];
}

export class GroupOfCustomer extends CustomerOfGroup {
  @Field.text({ description: 'What to do with customers of the group.' }) strategy!: string;
  @Field.object({ description: 'The thresholds in force.', of: () => ThresholdsInForce })
  thresholds!: ThresholdsInForce;
  @Field.object({ description: 'How it came there, the latest first.', of: () => Change, list: true })
  changes!: Change[];
}

export class GroupMove {
  @Field.oneOf({
    description: 'Group on the earlier day; null: was no customer yet.',
    values: groups,
    nullable: true,
  })
  from!: string | null;
  @Field.oneOf({ description: 'Group on the later day.', values: groups }) to!: string;
  @Field.integer({ description: 'Customers.' }) customers!: number;
  @Field.decimal({
    description: 'Value that they leave in a year: as of their move, of those who stayed as scored last.',
  })
  valuePerYear!: string;
  @Field.decimal({ description: 'Value expected of them within the horizon, likewise.' })
  expectedValue!: string;
}
