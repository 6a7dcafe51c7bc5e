import type { ComputedTable } from '@perennial/read-models';
import { OrderCost } from '../costs/order-cost.facts.js';
import { ProductCost } from '../costs/product-cost.facts.js';
import { Model } from '../models/model.facts.js';
import { ExchangeRate } from '../money/exchange-rate.facts.js';
import { ReportingCurrencySetting } from '../money/reporting-currency.facts.js';
import { Order } from '../purchases/order.facts.js';
import { Purchases } from '../purchases/purchases.derived.js';
import { RiskAnnouncement } from '../risk/risk-announcement.facts.js';
import { scoreColumns, scoreIndexes, scoringBasis, valuesOf, writeCurrentScores } from './score-rows.js';
import { SubscriptionRenewal } from '../subscriptions/subscription-renewal.facts.js';
import { Subscription } from '../subscriptions/subscription.facts.js';
import { settleScores } from './scorer.js';
import { Scoring } from './scoring.facts.js';

/** What each customer will buy, is worth and risks, as of a day and by a version of the models. */
export const scores: ComputedTable = {
  name: 'scores',
  comment:
    'What each customer who ordered or subscribed is expected to do from a day on, by a version of the models: one row a customer, with a part of orders and a part of subscriptions. Scored anew by whatever changes it, and once a day.',
  // A release that keeps nothing between nights has an older one: it builds the table anew, and what is kept counts no more.
  version: 3,
  from: [
    Order,
    Purchases,
    ProductCost,
    OrderCost,
    ExchangeRate,
    ReportingCurrencySetting,
    Model,
    Scoring,
    RiskAnnouncement,
    Subscription,
    SubscriptionRenewal,
  ],
  columns: scoreColumns,
  keys: 1,
  indexes: scoreIndexes,
  async fill(client, table) {
    const basis = await scoringBasis(client);
    if (basis) await writeCurrentScores(client, table, basis, { values: await valuesOf(client, basis) });
  },
  settle: settleScores,
};
