import { Field, PageOf, PageQuery } from '@perennial/service';

export class CustomersQuery extends PageQuery {
  @Field.boolean({
    description: 'Only customers that are known (true) or anonymous (false).',
    optional: true,
  })
  identified?: boolean;

  @Field.text({ description: 'Only customers whose first touch came by this channel.', optional: true })
  channel?: string;
}

export class CustomerAnswer {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.boolean({ description: 'Whether any identifier names it, not only a device or a session.' })
  identified!: boolean;
  @Field.integer({ description: 'Identifiers that are held to be this customer.' }) subjects!: number;
  @Field.time({ description: 'First event.', nullable: true }) firstSeenAt!: Date | null;
  @Field.time({ description: 'First touch.', nullable: true }) firstTouchAt!: Date | null;
  @Field.text({ description: 'Channel of the first touch.', nullable: true }) channel!: string | null;
  @Field.text({ description: 'Campaign of the first touch.', nullable: true }) campaign!: string | null;
  @Field.time({ description: 'First order that was not cancelled.', nullable: true })
  convertedAt!: Date | null;
  @Field.text({ description: 'Channel of that order.', nullable: true }) conversionChannel!: string | null;
  @Field.text({ description: 'Country of residence.', nullable: true }) country!: string | null;
}

export class CustomerPage extends PageOf(CustomerAnswer) {}

export class IdentifierAnswer {
  @Field.uuid({ description: 'Id of the identifier (subject): a keyed hash of it.' }) subjectId!: string;
  @Field.text({ description: 'Kind of identifier: user, email, anonymous …', nullable: true })
  namespace!: string | null;
  @Field.time({ description: 'First event under it.', nullable: true }) firstSeenAt!: Date | null;
  @Field.time({
    description: 'Since when nothing personal is known under it, by decision; null: it is not erased.',
    nullable: true,
  })
  erasedAt!: Date | null;
}

/** Personal: answered to operators only. */
export class ProfileAnswer {
  @Field.uuid({ description: 'Identifier that it was stated under.' }) subjectId!: string;
  @Field.text({ description: 'Mail address.', nullable: true }) email!: string | null;
  @Field.text({ description: 'Telephone number.', nullable: true }) phone!: string | null;
  @Field.text({ description: 'Full name.', nullable: true }) name!: string | null;
  @Field.text({ description: 'Given name.', nullable: true }) firstName!: string | null;
  @Field.text({ description: 'Family name.', nullable: true }) lastName!: string | null;
  @Field.text({ description: 'Date of birth.', nullable: true }) birthday!: string | null;
  @Field.text({ description: 'Company.', nullable: true }) company!: string | null;
  @Field.text({ description: 'Street and number.', nullable: true }) street!: string | null;
  @Field.text({ description: 'Postal code.', nullable: true }) postalCode!: string | null;
  @Field.text({ description: 'Town.', nullable: true }) city!: string | null;
  @Field.text({ description: 'Country of the address.', nullable: true }) addressCountry!: string | null;
  @Field.time({ description: 'When something of it was stated last.', nullable: true })
  updatedAt!: Date | null;
}

export class CustomerStory extends CustomerAnswer {
  @Field.object({
    description: 'Its identifiers, at most 1000 of them.',
    of: () => IdentifierAnswer,
    list: true,
  })
  identifiers!: IdentifierAnswer[];

  @Field.object({
    description: 'What is known of the person, by identifier; for operators only.',
    of: () => ProfileAnswer,
    list: true,
    optional: true,
  })
  profiles?: ProfileAnswer[];
}
