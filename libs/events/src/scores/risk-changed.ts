import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, OneOf, Uuid } from '../schemas.js';

const Band = (description: string) => OneOf(['low', 'elevated', 'high'], { description });
const Risk = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

/** A customer is more, or less, likely to leave than we last said. */
export const riskChanged = eventType('risk.changed', {
  version: 1,
  decision: true,
  description:
    'A customer came into another band of churn risk. A band is left only when the risk is clearly outside of it, so that nobody goes to and fro.',
  data: Fields({
    customerId: Uuid({ description: 'The customer.' }),
    from: Band('The band before.'),
    to: Band('The band from now on.'),
    risk: Risk('Probability of no order within the horizon, and no subscription that outlasts it.'),
    previousRisk: Risk('The same when it was scored last.'),
    asOf: Type.String({ format: 'date', description: 'Day that the score knows orders up to.' }),
    modelVersion: Type.Integer({ minimum: 1, description: 'Version of the model.' }),
    atStake: Type.String({
      pattern: '^\\d{1,15}(\\.\\d{1,6})?$',
      description: 'Value that is lost if the customer leaves: a decimal.',
    }),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$', description: 'Its currency, ISO 4217.' })),
    reasons: Type.Array(
      OneOf(
        [
          'silent-too-long',
          'silent',
          'ordered-again',
          'orders-changed',
          'subscribed',
          'renewed',
          'notice-given',
          'subscription-ended',
          'renewal-ahead',
          'model-changed',
          'bands-changed',
        ],
        {
          description:
            'silent-too-long: no order for longer than usual for this customer; silent: time has passed without an order; ordered-again; orders-changed: earlier orders were reported, changed, cancelled or joined to the customer; subscribed: a subscription began, or goes on after all; renewed: one was renewed; notice-given: one will not be renewed; subscription-ended; renewal-ahead: more renewals are due within the horizon; model-changed: a new version of the model; bands-changed: with it other bands were set.',
        },
      ),
      { minItems: 1, description: 'Why.' },
    ),
    daysSinceLastOrder: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Days from the latest order to that day; absent: has never ordered.',
      }),
    ),
    usualDaysBetweenOrders: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Days between two orders of this customer on average; absent after one order.',
      }),
    ),
  }),
  subject: 'customer:5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
  example: {
    customerId: '5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
    from: 'low',
    to: 'elevated',
    risk: 0.53,
    previousRisk: 0.49,
    asOf: '2026-03-09',
    modelVersion: 3,
    atStake: '212.40',
    currency: 'EUR',
    reasons: ['silent-too-long'],
    daysSinceLastOrder: 94,
    usualDaysBetweenOrders: 41,
  },
});
