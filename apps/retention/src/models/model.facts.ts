import { FactTable, facts, Key, Latest, Min } from '@perennial/read-models';
import { valueOfNewBuyer, valuesOfNewSubscriptions } from '../equity/new-customer.js';

/** One row a version of the models that scores are computed by. */
@FactTable('model', {
  comment:
    'One row a version of the models that scores are computed by, as it was fitted. The view "models" says it in columns.',
})
export class Model {
  @Key('integer', 'version: 1, 2, 3 …') version!: number;
  @Min('timestamptz', 'when it was fitted') fittedAt?: string;
  @Latest('date', 'data cut: the fit knows orders up to the end of this day (UTC)') asOf?: string;
  @Latest('jsonb', 'all that was decided: the data of the event model.fitted') fitted?: string;
  @Latest(
    'numeric',
    'what a customer who orders for the first time is worth by it: the first order and all that follow, discounted to that day; empty: nobody had ordered',
  )
  newBuyerValue?: string | null;
  @Latest(
    'jsonb',
    'what a subscription that begins is worth by it, the first period and all renewals: one entry a length of periods',
  )
  newSubscriptionValues?: string;
}

export const models = facts(Model, {
  'model.fitted': ({ data, time }) => ({
    version: data.version,
    fittedAt: time,
    asOf: data.asOf,
    fitted: JSON.stringify(data),
    newBuyerValue: valueOfNewBuyer(data)?.toFixed(6) ?? null,
    newSubscriptionValues: JSON.stringify(valuesOfNewSubscriptions(data)),
  }),
});
