import { eventType } from '../event-type.js';
import { Fields, touch } from '../schemas.js';

/** A customer opened an account. */
export const customerRegistered = eventType('customer.registered', {
  version: 1,
  description: 'A customer opened an account, joined a loyalty programme or was entered as a new customer.',
  data: Fields({ ...touch }),
  example: { channel: 'web', campaign: { name: 'spring', source: 'newsletter', medium: 'email' } },
});
