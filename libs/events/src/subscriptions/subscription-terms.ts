import { Type } from 'typebox';
import { Fields, Money, OneOf, Text } from '../schemas.js';

export const SubscriptionId = () =>
  Text({ description: 'The subscription; unique across the sources that report subscriptions.' });

/** What a subscription costs, and for how long one payment lasts. */
export const terms = {
  plan: Text({ description: 'What is subscribed to, e.g. premium.' }),
  price: Money({ description: 'Price of one period.' }),
  period: Fields(
    {
      count: Type.Integer({ minimum: 1, maximum: 1000, description: 'How many units one period lasts.' }),
      unit: OneOf(['day', 'week', 'month', 'year'], { description: 'Unit of the period.' }),
    },
    { description: 'How long one payment lasts, e.g. one month.' },
  ),
};
