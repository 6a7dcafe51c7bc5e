import { eventType } from '../event-type.js';
import { Fields } from '../schemas.js';
import { SubscriptionId, terms } from './subscription-terms.js';

/** A customer subscribed: its first period begins. */
export const subscriptionStarted = eventType('subscription.started', {
  version: 1,
  description: 'A customer subscribed. The first period begins at the time of the event.',
  data: Fields({ subscriptionId: SubscriptionId(), ...terms }),
  example: {
    subscriptionId: 'S-77',
    plan: 'premium',
    price: { amount: '9.90', currency: 'EUR' },
    period: { count: 1, unit: 'month' },
  },
});
