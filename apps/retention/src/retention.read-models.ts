import type { ReadModelsDefinition } from '@perennial/read-models';
import { cohorts } from './cohorts/cohorts.view.js';
import { orderReturns } from './purchases/order-return.facts.js';
import { orders } from './purchases/order.facts.js';
import { PurchaseDay } from './purchases/purchase-day.derived.js';
import { Purchases } from './purchases/purchases.derived.js';
import { recencyFrequencyValue, segments } from './segments/segments.view.js';

/** What retention knows. */
export const retention: ReadModelsDefinition = {
  schema: 'retention',
  facts: [orders, orderReturns],
  tables: [PurchaseDay, Purchases],
  views: [cohorts, recencyFrequencyValue, segments],
};
