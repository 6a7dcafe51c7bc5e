import type { ComputedTable } from '@perennial/read-models';
import { Model } from '../models/model.facts.js';
import { Order } from '../purchases/order.facts.js';
import { Purchases } from '../purchases/purchases.derived.js';
import { RiskAnnouncement } from '../risk/risk-announcement.facts.js';
import { scoreColumns, scoringBasis, writeScores } from './score-rows.js';
import { settleScores } from './scorer.js';
import { Scoring } from './scoring.facts.js';

/** What each customer will buy, is worth and risks, as of a day and by a version of the models. */
export const scores: ComputedTable = {
  name: 'scores',
  comment:
    'What each customer with orders is expected to do from a day on, by a version of the models. Scored anew by every order and once a day.',
  version: 1,
  from: [Order, Purchases, Model, Scoring, RiskAnnouncement],
  columns: scoreColumns,
  keys: 1,
  indexes: [['expected_value', 'customer_id']],
  async fill(client, table) {
    const basis = await scoringBasis(client);
    if (basis) await writeScores(client, table, basis);
  },
  settle: settleScores,
};
