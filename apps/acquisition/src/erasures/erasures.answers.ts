import { Field } from '@perennial/service';

export class EraseCustomer {
  @Field.text({ description: 'Why; no personal data.', maxLength: 200, optional: true })
  reason?: string;
}

/**
 * `erased`: it is not there any more. `unreadable`: it is sealed with keys that are destroyed. `nothing personal`: it never
 * was there. `pending`: not yet. `not ours`: we have no hand there; it says who has, and what to do.
 */
export const STATES = ['erased', 'unreadable', 'nothing personal', 'pending', 'not ours'] as const;
export type State = (typeof STATES)[number];

export class ErasedIdentifier {
  @Field.uuid({ description: 'Id of the identifier: a keyed hash of it.' }) subjectId!: string;
  @Field.time({
    description: 'When it was decided to erase it; null: it became the customer’s since, and is not erased.',
    nullable: true,
  })
  decidedAt!: Date | null;
  @Field.time({ description: 'Since when its key is destroyed; null: not yet.', nullable: true })
  keyDestroyedAt!: Date | null;
}

export class ErasedPlace {
  @Field.text({ description: 'Where.' }) place!: string;
  @Field.text({ description: 'What of the person is, or was, there.' }) holds!: string;
  @Field.oneOf({
    values: STATES,
    description:
      'erased: gone; unreadable: sealed with destroyed keys; nothing personal; pending: not yet; not ours: out of our hands.',
  })
  state!: State;
  @Field.text({ description: 'How that comes, and what is left to do.' }) how!: string;
}

export class ErasureCertificate {
  @Field.uuid({ description: 'The customer whose identifiers these were.' }) customerId!: string;
  @Field.boolean({ description: 'Whether all its identifiers are erased, and no place is pending.' })
  complete!: boolean;
  @Field.object({ description: 'What was erased.', of: () => ErasedIdentifier, list: true })
  identifiers!: ErasedIdentifier[];
  @Field.object({
    description: 'Every place where anything of the person can be.',
    of: () => ErasedPlace,
    list: true,
  })
  places!: ErasedPlace[];
}
