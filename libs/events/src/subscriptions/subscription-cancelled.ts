import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Day, Fields, Text } from '../schemas.js';
import { SubscriptionId } from './subscription-terms.js';

/** A subscription ends, by notice of the customer or because it was not paid. */
export const subscriptionCancelled = eventType('subscription.cancelled', {
  version: 1,
  description: 'A subscription ends: the customer gave notice, or did not pay.',
  data: Fields({
    subscriptionId: SubscriptionId(),
    endsOn: Type.Optional(
      Day({ description: 'Day (UTC) from which it is no more; absent: the day of the event.' }),
    ),
    involuntary: Type.Optional(
      Type.Boolean({ description: 'True: nobody gave notice, e.g. a card expired.' }),
    ),
    reason: Type.Optional(Text({ description: 'Why, in a word or two, e.g. too-expensive.' })),
  }),
  example: { subscriptionId: 'S-77', endsOn: '2026-05-01', reason: 'too-expensive' },
});
