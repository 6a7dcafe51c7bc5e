/** A stretch of time, both ends included: times as recorded events have them, whose texts order as they do. */
export interface Stretch {
  since: string;
  until: string;
}

/** In the order of texts, too, the two lie before and after all times. */
export const ALWAYS: Stretch = { since: '-infinity', until: 'infinity' };

/** The least stretch that holds both; the known one itself where it does already, as it mostly does. */
export function spanned(known: Stretch | undefined, { since, until }: Stretch): Stretch {
  if (known === undefined) return { since, until };
  if (since >= known.since && until <= known.until) return known;
  return {
    since: since < known.since ? since : known.since,
    until: until > known.until ? until : known.until,
  };
}
