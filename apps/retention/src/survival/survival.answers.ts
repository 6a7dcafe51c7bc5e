import { Field } from '@perennial/service';

class Step {
  @Field.integer({ description: 'Days since it began.' }) time!: number;
  @Field.integer({ description: 'How many were still observed just before.' }) atRisk!: number;
  @Field.integer({ description: 'How many ended, or ordered again, then.' }) left!: number;
  @Field.number({ description: 'Share that lasts longer: 0 to 1.' }) survival!: number;
  @Field.number({ description: 'Its standard error (Greenwood); null once all are over.', nullable: true })
  standardError!: number | null;
  @Field.number({ description: 'Lower end of its 95 % interval (log-log).' }) lower!: number;
  @Field.number({ description: 'Upper end of its 95 % interval.' }) upper!: number;
}

class Median {
  @Field.number({
    description: 'Days after which half are over; null if more than half still last.',
    nullable: true,
  })
  time!: number | null;
  @Field.number({ description: 'Lower end of its 95 % interval (Brookmeyer and Crowley).', nullable: true })
  lower!: number | null;
  @Field.number({ description: 'Upper end; null if the data do not tell.', nullable: true })
  upper!: number | null;
}

class RestrictedMean {
  @Field.number({ description: 'Mean days that it lasts, of the first `until` days.' }) time!: number;
  @Field.number({ description: 'The longest time observed, in days.' }) until!: number;
}

class Curve {
  @Field.text({ description: 'The plan or year; all for one curve.' }) group!: string;
  @Field.integer({ description: 'How many are observed.' }) observed!: number;
  @Field.integer({ description: 'How many of them are over; the others are censored.' }) left!: number;
  @Field.object({ description: 'Median time.', of: () => Median }) median!: Median;
  @Field.object({ description: 'Mean time.', of: () => RestrictedMean }) restrictedMean!: RestrictedMean;
  @Field.object({
    description: 'The curve, after each day on which something ended.',
    of: () => Step,
    list: true,
  })
  steps!: Step[];
}

export class Survival {
  @Field.text({ description: 'What lasts.', example: 'subscription' }) of!: string;
  @Field.text({ description: 'Day as of which is computed; null if nothing is known.', nullable: true })
  asOf!: string | null;
  @Field.object({ description: 'The curves.', of: () => Curve, list: true }) curves!: Curve[];
}
