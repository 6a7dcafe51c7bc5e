import type { ReadModelsDefinition } from '@perennial/read-models';
import { cohorts } from './cohorts/cohorts.view.js';
import { orderReturns } from './purchases/order-return.facts.js';
import { orders } from './purchases/order.facts.js';
import { purchaseDays } from './purchases/purchase-day.view.js';
import { Purchases } from './purchases/purchases.derived.js';
import { recencyFrequencyValue, segments } from './segments/segments.view.js';

/** What retention knows. */
export const retention: ReadModelsDefinition = {
  schema: 'retention',
  facts: [orders, orderReturns],
  tables: [Purchases],
  views: [purchaseDays, cohorts, recencyFrequencyValue, segments],
};
