import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { EventId, Fields, OneOf, Uuid } from '../schemas.js';

const Group = (description: string) =>
  OneOf(['stranger', 'butterfly', 'true friend', 'barnacle'], { description });
const Amount = (description: string) =>
  Type.String({ pattern: '^-?\\d{1,15}(\\.\\d{1,6})?$', description: `${description}: a decimal.` });
const Probability = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

/** A customer came into another of the four relationship groups. */
export const groupChanged = eventType('group.changed', {
  version: 1,
  decision: true,
  description:
    'A customer came into another relationship group, by profitability and projected loyalty (Reinartz and Kumar 2002). A group is left only when a threshold is clearly crossed, so that nobody goes to and fro.',
  data: Fields({
    customerId: Uuid({ description: 'The customer.' }),
    from: Group('The group before.'),
    to: Group('The group from now on.'),
    asOf: Type.String({ format: 'date', description: 'Day that the scores know orders up to.' }),
    modelVersion: Type.Integer({ minimum: 1, description: 'Version of the models.' }),
    valuePerYear: Amount('Value that the customer left in a year of the relationship'),
    loyalty: Probability(
      'Probability of an order within the horizon, or of a subscription that outlasts it.',
    ),
    expectedValue: Amount('Value expected within the horizon'),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$', description: 'Currency, ISO 4217.' })),
    thresholds: Fields(
      {
        valuePerYear: Amount('Value from which on a customer is profitable'),
        loyalty: Probability('Probability from which on a customer is loyal.'),
        setBy: Type.Optional(
          EventId({ description: 'The event that set them; absent: those that hold while none are set.' }),
        ),
      },
      { description: 'The thresholds in force.' },
    ),
    reasons: Type.Array(
      OneOf(
        [
          'became-profitable',
          'no-longer-profitable',
          'became-loyal',
          'no-longer-loyal',
          'model-changed',
          'thresholds-changed',
        ],
        { description: 'Which threshold was crossed, and whether something else than the customer changed.' },
      ),
      { minItems: 1, description: 'Why.' },
    ),
  }),
  subject: 'customer:5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
  example: {
    customerId: '5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
    from: 'butterfly',
    to: 'true friend',
    asOf: '2026-03-09',
    modelVersion: 3,
    valuePerYear: '214.60',
    loyalty: 0.81,
    expectedValue: '190.20',
    currency: 'EUR',
    thresholds: { valuePerYear: '120', loyalty: 0.5 },
    reasons: ['became-loyal'],
  },
});
