import { Type } from 'typebox';
import { Fields, Text } from '../schemas.js';

const Numbers = (description: string) => Type.Record(Type.String(), Type.Number(), { description });

/** One model as it came out of its fit. */
export const FittedModel = (description: string) =>
  Fields(
    {
      model: Text({ description: 'The model, e.g. bg-nbd or gamma-gamma.' }),
      parameters: Numbers('Its parameters by name.'),
      unitDays: Type.Number({
        exclusiveMinimum: 0,
        description: 'Days in the unit of time of the parameters: 7 for weeks.',
      }),
      standardErrors: Type.Optional(
        Numbers('Standard error of each parameter; absent where the data do not determine them.'),
      ),
      covariance: Type.Optional(
        Type.Array(Type.Array(Type.Number()), {
          description:
            'Covariance of the logarithms of the parameters, in the order of their names; what intervals come from.',
        }),
      ),
      logLikelihood: Type.Optional(
        Type.Number({ description: 'Log-likelihood at the parameters; absent where they are the prior’s.' }),
      ),
      converged: Type.Boolean({ description: 'Whether the fit ended at a maximum.' }),
      problems: Type.Array(Text({ maxLength: 1000, description: 'A sentence.' }), {
        description: 'What a reader must know of the fit.',
      }),
    },
    { description },
  );

/** A tenth of those of whom something was foretold. */
const Tenth = () =>
  Fields({
    count: Type.Integer({ minimum: 0, description: 'Customers in it; of renewals: subscriptions.' }),
    expected: Type.Number({
      description: 'Their probability to order, or to run on to the end, on average: 0 to 1.',
    }),
    actual: Type.Number({ description: 'The share of them who ordered, or ran on.' }),
  });

/** What the chances to order are corrected by, as a period that the model had not seen showed it. */
export const ChanceCorrection = () =>
  Fields(
    {
      intercept: Type.Number({
        description:
          'The corrected log-odds, ln(p / (1 - p)), are intercept + slope × those of the model; 0 and 1 leave them.',
      }),
      slope: Type.Number({ exclusiveMinimum: 0, description: 'Above 0: nobody is ranked anew.' }),
      gain: Type.Number({
        description:
          'By how much the mean logarithmic loss is less with a correction, on customers that it was not fitted to (cross-validation).',
      }),
      gainError: Type.Number({
        minimum: 0,
        description: 'Its standard error. What gains less than three of these is not used.',
      }),
      brierScore: Type.Number({
        description: 'Brier score with a correction, on customers that it was not fitted to.',
      }),
      calibrationError: Type.Number({ description: 'Calibration error with a correction, likewise.' }),
      calibration: Type.Array(Tenth(), {
        maxItems: 10,
        description:
          'Corrected probability and share of those who ordered, in the tenths of the chosen model.',
      }),
    },
    {
      description:
        'What the chances to order are corrected by, and so churn risk; absent where no period was held out, and in fits before it was looked for.',
    },
  );

/** How far a model, or a naive rule beside it, was off on a period that it had not seen. */
export const HoldoutResult = () =>
  Fields({
    name: Text({ description: 'The model or the naive rule, e.g. bg-nbd or same-count-again.' }),
    naive: Type.Boolean({ description: 'Whether it is a rule of thumb that a model has to beat.' }),
    predicted: Type.Optional(
      Type.Number({ description: 'Orders that it expected of all customers together.' }),
    ),
    aggregateError: Type.Optional(
      Type.Number({ description: 'Expected orders divided by actual ones, less 1: 0.05 is 5 % too many.' }),
    ),
    meanAbsoluteError: Type.Optional(Type.Number({ description: 'Orders that it was off by, a customer.' })),
    rootMeanSquareError: Type.Optional(
      Type.Number({ description: 'The same with squares: large misses count more.' }),
    ),
    deviance: Type.Optional(
      Type.Number({
        description: 'Mean Poisson deviance: what the model is chosen by; the least is the best.',
      }),
    ),
    brierScore: Type.Optional(
      Type.Number({
        description:
          'Mean squared difference between the probability to order and whether one did: what churn risk is judged by.',
      }),
    ),
    calibrationError: Type.Optional(
      Type.Number({
        description:
          'How far the probability to order and the share of those who did are apart, on average over the customers: 0.02 is two in a hundred.',
      }),
    ),
    calibration: Type.Optional(
      Type.Array(Tenth(), {
        maxItems: 10,
        description:
          'Probability to order and share of those who did, by tenths of the customers, those with the least probability first; absent in fits before it was told.',
      }),
    ),
    auc: Type.Optional(
      Type.Number({
        description:
          'How often it ranked a customer who ordered above one who did not: 0.5 is chance, 1 is always.',
      }),
    ),
    spearman: Type.Optional(Type.Number({ description: 'Rank correlation of expected and actual orders.' })),
    topDecileLift: Type.Optional(
      Type.Number({
        description: 'Orders of the tenth that it ranked highest, as a multiple of the average.',
      }),
    ),
  });
