import { Field } from '@perennial/service';

/** An event of a request that could not be accepted. */
export class RefusalAnswer {
  @Field.integer({ description: 'Place in the request, from 0.' })
  index!: number;

  @Field.text({ description: "The event's id, if it can be read and shown.", nullable: true })
  id!: string | null;

  @Field.text({ description: 'Why, for programs.', example: 'schema-violation' })
  code!: string;

  @Field.text({
    description: 'Why, for people. Names fields and expectations, never values.',
    example: 'data.orderId is missing',
  })
  message!: string;
}

/** What became of a request. */
export class OutcomeAnswer {
  @Field.integer({ description: 'Events that are recorded now.' })
  accepted!: number;

  @Field.integer({ description: 'Events that had been recorded before.' })
  duplicates!: number;

  @Field.object({
    description: 'Events that could not be accepted; they are kept with the rejected events.',
    of: () => RefusalAnswer,
    list: true,
  })
  rejected!: RefusalAnswer[];
}
