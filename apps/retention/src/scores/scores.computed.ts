import type { ComputedTable } from '@perennial/read-models';
import { OrderCost } from '../costs/order-cost.facts.js';
import { ProductCost } from '../costs/product-cost.facts.js';
import { Model } from '../models/model.facts.js';
import { ExchangeRate } from '../money/exchange-rate.facts.js';
import { ReportingCurrencySetting } from '../money/reporting-currency.facts.js';
import { Order } from '../purchases/order.facts.js';
import { Purchases } from '../purchases/purchases.derived.js';
import { RiskAnnouncement } from '../risk/risk-announcement.facts.js';
import { currentStatistics, scoreColumns, scoreIndexes, scoringBasis, writeScores } from './score-rows.js';
import { settleScores } from './scorer.js';
import { Scoring } from './scoring.facts.js';

/** What each customer will buy, is worth and risks, as of a day and by a version of the models. */
export const scores: ComputedTable = {
  name: 'scores',
  comment:
    'What each customer with orders is expected to do from a day on, by a version of the models. Scored anew by every order and once a day.',
  version: 1,
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
  ],
  columns: scoreColumns,
  keys: 1,
  indexes: scoreIndexes,
  async fill(client, table) {
    const basis = await scoringBasis(client);
    if (basis) await writeScores(client, table, basis, await currentStatistics(client, basis));
  },
  settle: settleScores,
};
