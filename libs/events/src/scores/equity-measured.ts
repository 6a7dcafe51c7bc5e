import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields } from '../schemas.js';

const Amount = (description: string) => Type.String({ pattern: '^\\d{1,18}(\\.\\d{1,6})?$', description });
const Count = (description: string) => Type.Integer({ minimum: 0, description });

/** What all customers together are worth, as it was known when all of them were scored. */
export const equityMeasured = eventType('equity.measured', {
  version: 1,
  decision: true,
  description:
    'All customers were scored, and together they are worth this much. Kept as it was known then, whatever becomes known later.',
  data: Fields({
    asOf: Type.String({ format: 'date', description: 'Day that the scores know orders up to.' }),
    modelVersion: Type.Integer({ minimum: 1, description: 'Version of the models.' }),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$', description: 'Currency, ISO 4217.' })),
    customers: Count('Customers who have ordered or subscribed.'),
    lifetimeValue: Amount('Their lifetime values together: the customer equity.'),
    atHighRisk: Fields(
      { customers: Count('Customers.'), lifetimeValue: Amount('Their lifetime values together.') },
      { description: 'Those of them whose churn risk is high.' },
    ),
    expectedOrders: Type.Number({ minimum: 0, description: 'Order days expected within the horizon.' }),
  }),
  subject: 'model:orders',
  example: {
    asOf: '2026-03-09',
    modelVersion: 3,
    currency: 'EUR',
    customers: 2357,
    lifetimeValue: '81240.10',
    atHighRisk: { customers: 1201, lifetimeValue: '4120.00' },
    expectedOrders: 2290.4,
  },
});
