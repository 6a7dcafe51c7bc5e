/** `conflict`: the present state forbids it (409). `invalid`: no state would allow it (422). `missing`: 404. */
export type RefusalKind = 'conflict' | 'invalid' | 'missing';

/** A decider says no. The code is for programs, the message for people; neither names a person. */
export class Refused extends Error {
  constructor(
    /** In kebab case, e.g. `lead-not-open`; stable, documented with the route. */
    readonly code: string,
    message: string,
    readonly kind: RefusalKind = 'conflict',
  ) {
    super(message);
  }
}
