import { eventType } from '../event-type.js';
import { Fields } from '../schemas.js';
import { SubscriptionId } from './subscription-terms.js';

/** A cancellation was taken back: the subscription goes on. */
export const subscriptionResumed = eventType('subscription.resumed', {
  version: 1,
  description: 'A cancellation was taken back, or a subscription that had ended goes on.',
  data: Fields({ subscriptionId: SubscriptionId() }),
  example: { subscriptionId: 'S-77' },
});
