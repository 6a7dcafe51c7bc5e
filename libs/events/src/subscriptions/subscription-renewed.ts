import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Day, Fields, Money } from '../schemas.js';
import { SubscriptionId } from './subscription-terms.js';

/** A subscription was renewed for a further period. */
export const subscriptionRenewed = eventType('subscription.renewed', {
  version: 1,
  description:
    'A subscription was renewed for a further period. The first day of that period is what makes two reports one renewal.',
  data: Fields({
    subscriptionId: SubscriptionId(),
    periodFrom: Day({ description: 'First day (UTC) of the period it was renewed for.' }),
    paid: Type.Optional(Money({ description: 'What was paid for it; absent: the price of the terms.' })),
  }),
  example: {
    subscriptionId: 'S-77',
    periodFrom: '2026-04-01',
    paid: { amount: '9.90', currency: 'EUR' },
  },
});
