import { eventType } from '../event-type.js';
import { Fields } from '../schemas.js';
import { SubscriptionId, terms } from './subscription-terms.js';

/** A subscription goes on under other terms: another plan, price or period. */
export const subscriptionChanged = eventType('subscription.changed', {
  version: 1,
  description: 'A subscription goes on under other terms; all of them are stated. The latest hold.',
  data: Fields({ subscriptionId: SubscriptionId(), ...terms }),
  example: {
    subscriptionId: 'S-77',
    plan: 'basic',
    price: { amount: '4.90', currency: 'EUR' },
    period: { count: 1, unit: 'month' },
  },
});
