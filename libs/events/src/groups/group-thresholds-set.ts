import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Text } from '../schemas.js';

/** From when on which customers count as profitable and as loyal; the latest setting holds. */
export const groupThresholdsSet = eventType('group.thresholds.set', {
  version: 1,
  description:
    'From which value and loyalty on customers count as profitable and as loyal, for the four relationship groups. The latest setting holds; earlier ones explain earlier groups.',
  data: Fields({
    valuePerYear: Money({
      description: 'Value that a customer must have left in a year of the relationship to be profitable.',
    }),
    loyalty: Type.Number({
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description:
        'Probability of at least one order within the horizon of the models from which on a customer is loyal.',
    }),
    hysteresis: Type.Optional(
      Fields(
        {
          value: Type.Number({
            minimum: 0,
            maximum: 0.5,
            description: 'Part of the value by which it must be missed, or exceeded: 0.1 is 10 %.',
          }),
          loyalty: Type.Number({
            minimum: 0,
            maximum: 0.25,
            description: 'By how much the probability must lie on the other side.',
          }),
        },
        {
          description:
            'By how much a threshold must be crossed before a group is left; absent: 0.1 and 0.05.',
        },
      ),
    ),
    reason: Type.Optional(Text({ maxLength: 500, description: 'Why, for those who read it later.' })),
  }),
  subject: 'setting:group-thresholds',
  example: {
    valuePerYear: { amount: '120', currency: 'EUR' },
    loyalty: 0.5,
    hysteresis: { value: 0.1, loyalty: 0.05 },
    reason: 'Cost of serving a customer in 2026',
  },
});
