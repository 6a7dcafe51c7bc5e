import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, OneOf, Text } from '../schemas.js';
import { ChanceCorrection, FittedModel, HoldoutResult } from './fitted-model.js';

const Day = (description: string) => Type.String({ format: 'date', description });
const Count = (description: string) => Type.Integer({ minimum: 0, description });
const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

/** What scores are computed for: the settings in force; a change of them is a new version of the model. */
export const Assumptions = () =>
  Fields(
    {
      horizonDays: Type.Integer({
        minimum: 1,
        maximum: 3650,
        description: 'Days ahead for which orders, value and churn risk are told.',
      }),
      discountRate: Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'What money a year later is worth less: 0.1 is 10 % a year.',
      }),
      marginRate: Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'Part of revenue that counts as value where no cost is known: 1 is revenue itself.',
      }),
      elevatedRisk: Share('Churn risk from which on it is called elevated.'),
      highRisk: Share('Churn risk from which on it is called high.'),
      hysteresis: Type.Number({
        minimum: 0,
        maximum: 0.25,
        description: 'By how much the risk must fall below a band before the band is left.',
      }),
    },
    { description: 'What scores are computed for.' },
  );

/** Subscriptions whose periods are equally long, and what was fitted to them. */
const FittedTerm = () =>
  Fields({
    subscriptions: Count('Subscriptions with such periods that had begun.'),
    ended: Count('Those of them that had ended, or of which notice was given.'),
    averageFee: Type.Number({ minimum: 0, description: 'Value of one period on average.' }),
    renewal: FittedModel(
      'Whether they are renewed; the unit of time is the period: 30.436875 days are a month, 365.2425 a year.',
    ),
    prior: Type.Optional(
      Text({
        maxLength: 1000,
        description: 'Knowledge from elsewhere that the fit leans on because few have ended, in words.',
      }),
    ),
    holdout: Type.Optional(
      Fields(
        {
          from: Day('First day of the period that was held out.'),
          until: Day('Its last day.'),
          subscriptions: Count('Subscriptions that ran before it, without notice.'),
          actual: Count('Their renewals in it.'),
          results: Type.Array(HoldoutResult(), {
            maxItems: 50,
            description: 'The model and every naive rule, side by side; of renewals instead of orders.',
          }),
        },
        { description: 'How well a fit to the days before a period foretold it; absent where too few ran.' },
      ),
    ),
  });

/** Retention fitted the models that all scores are computed by until the next fit. */
export const modelFitted = eventType('model.fitted', {
  version: 1,
  decision: true,
  description:
    'The models behind lifetime value and churn risk were fitted. Scores are computed by this version until the next one.',
  data: Fields({
    version: Type.Integer({ minimum: 1, description: '1, 2, 3 …' }),
    asOf: Day('Data cut: the fit knows orders up to the end of this day (UTC).'),
    reason: OneOf(['first', 'schedule', 'drift', 'currency', 'asked'], {
      description:
        'Why it was fitted: there was none, the last one was old, customers are no longer those it was fitted to, values are reported in another currency, an operator asked.',
    }),
    population: Fields(
      {
        customers: Count('Customers with an order.'),
        repeatCustomers: Count('Customers with orders on more than one day.'),
        orderDays: Count('Days with orders, over all customers.'),
        subscriptions: Type.Optional(Count('Subscriptions that had begun; absent: none had.')),
        endedSubscriptions: Type.Optional(Count('Those of them that had ended.')),
      },
      { description: 'What it was fitted to.' },
    ),
    outliers: Type.Optional(
      Fields(
        {
          early: Count(
            'Those whose first order lies before a silence that is longer than all that came since.',
          ),
          dear: Count('Those of whom a day with orders is worth a hundred times that of any other, or more.'),
        },
        {
          description:
            'Customers of the population whom the fit left out, as one mistaken order must not move the scores of everybody; absent: none.',
        },
      ),
    ),
    assumptions: Assumptions(),
    currency: Type.Optional(
      Type.String({ pattern: '^[A-Z]{3}$', description: 'Currency of values, ISO 4217.' }),
    ),
    orders: Type.Optional(
      FittedModel('How often customers order, and when they stop; absent: nobody has ordered.'),
    ),
    chanceCorrection: Type.Optional(ChanceCorrection()),
    spend: Type.Optional(FittedModel('What an order day of a customer is worth.')),
    spendCorrelation: Type.Optional(
      Type.Number({
        minimum: -1,
        maximum: 1,
        description:
          'Correlation of frequency and value of an order day among repeat customers; the spend model takes it to be 0.',
      }),
    ),
    averageValue: Type.Optional(
      Type.Number({
        description:
          'Value of an order day on average: what is expected of a customer of whom nothing is known.',
      }),
    ),
    lifetimeValueRange: Type.Optional(
      Fields(
        {
          low: Type.Number({
            minimum: 0,
            description: 'With 80 % they lie between this multiple of what is told …',
          }),
          high: Type.Number({ minimum: 0, description: '… and this one.' }),
        },
        {
          description:
            'How far the lifetime values of all orders together may be off because parameters are estimates; absent where the data do not determine them.',
        },
      ),
    ),
    prior: Type.Optional(
      Text({
        maxLength: 1000,
        description: 'Knowledge from elsewhere that the fit leans on because customers are few, in words.',
      }),
    ),
    subscriptions: Type.Optional(
      Type.Array(FittedTerm(), {
        maxItems: 100,
        description:
          'How long subscriptions last, one entry a length of their periods; absent: there are none.',
      }),
    ),
    holdout: Type.Optional(
      Fields(
        {
          from: Day('First day of the period that was held out.'),
          until: Day('Its last day.'),
          customers: Count('Customers who had ordered before it.'),
          actual: Count('Order days in it.'),
          results: Type.Array(HoldoutResult(), {
            maxItems: 50,
            description: 'Every model that was tried and every naive rule, side by side.',
          }),
        },
        {
          description:
            'How well models fitted to the days before a period foretold it; absent where days are too few.',
        },
      ),
    ),
  }),
  subject: 'model:orders',
  example: {
    version: 3,
    asOf: '2026-03-01',
    reason: 'schedule',
    population: { customers: 2357, repeatCustomers: 946, orderDays: 5020 },
    assumptions: {
      horizonDays: 365,
      discountRate: 0.1,
      marginRate: 1,
      elevatedRisk: 0.5,
      highRisk: 0.8,
      hysteresis: 0.05,
    },
    currency: 'EUR',
    orders: {
      model: 'bg-nbd',
      parameters: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 },
      unitDays: 7,
      standardErrors: { r: 0.013, alpha: 0.378, a: 0.186, b: 0.705 },
      logLikelihood: -9582.4,
      converged: true,
      problems: [],
    },
    averageValue: 35.3,
    lifetimeValueRange: { low: 0.91, high: 1.1 },
    subscriptions: [
      {
        subscriptions: 410,
        ended: 160,
        averageFee: 9.9,
        renewal: {
          model: 'sbg',
          parameters: { alpha: 0.668, beta: 3.806 },
          unitDays: 30.436875,
          converged: true,
          problems: [],
        },
      },
    ],
  },
});
