import { awakeInTransaction } from '@perennial/journal';
import { Refused } from '@perennial/service';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { dayNumber } from '../scores/day.js';
import { customersOn, modelsOn } from '../scores/score-as-of.js';
import { haveOrders, score, type Scores } from '../scores/score.js';
import { BANDS, type Statistics } from '../scores/statistics.js';
import { scoreSubscribers } from '../scores/subscriber-scores.js';
import { expectedOf, futureChange, wonBefore, type FutureChange } from './future-equity.js';
import { together, waterfall, type Step, type Valuation, type Waterfall } from './waterfall.js';

const HIGH = BANDS.indexOf('high');

export const valuation = (statistics: Statistics, { lifetimeValue, band }: Scores): Valuation => ({
  statistics,
  worth: lifetimeValue.map((value) => Math.round(value * 100)),
  lost: Uint8Array.from(band, (each) => Number(each === HIGH)),
});

/** Of who orders for the first time nothing is known until the next models. */
const worthNothing = (statistics: Statistics): Valuation => ({
  statistics,
  worth: new Float64Array(statistics.size),
  lost: new Uint8Array(statistics.size),
});

/** Customers on a day, whom versions of the models look at. */
interface DayOfEquity {
  /** What they are worth: those who never subscribed, and the others. The two are the same on every day. */
  worth: [Valuation, Valuation];
  /** What is expected of customers to come. */
  future: Step;
}

async function equityOn(client: pg.ClientBase, models: FittedModels, day: string): Promise<DayOfEquity> {
  const customers = await customersOn(client, models, { day, costs: 'known now' });
  const { others, subscribers } = customers;
  const asOf = dayNumber(day);
  return {
    worth: [
      haveOrders(models) ? valuation(others, score(others, models, asOf)) : worthNothing(others),
      valuation(subscribers.statistics, scoreSubscribers(subscribers, models, asOf)),
    ],
    future: await expectedOf(client, wonBefore(asOf, customers), models),
  };
}

export interface EquityChange {
  waterfall: Waterfall;
  future: FutureChange;
  fromModels: FittedModels;
  toModels: FittedModels;
}

/**
 * How customer equity changed between two days; undefined while there are no models. Refused where the reporting
 * currency changed in between. Inside a transaction.
 */
export const equityChange = (
  client: pg.ClientBase,
  from: string,
  to: string,
): Promise<EquityChange | undefined> =>
  // Between the statements customers are scored, perhaps a million of them.
  awakeInTransaction(client, async () => {
    const fromModels = await modelsOn(client, from);
    const toModels = await modelsOn(client, to);
    if (!fromModels || !toModels) return undefined;
    if (fromModels.currency !== toModels.currency)
      throw new Refused(
        'currency-changed',
        `The models of ${from} are in ${fromModels.currency}, those of ${to} in ${toModels.currency}: choose days of one reporting currency.`,
      );
    const before = await equityOn(client, fromModels, from);
    const after = await equityOn(client, fromModels, to);
    // One version tells the same again.
    const later = toModels.version === fromModels.version ? after : await equityOn(client, toModels, to);
    const ofKind = (kind: 0 | 1) => waterfall(before.worth[kind], after.worth[kind], later.worth[kind]);
    return {
      fromModels,
      toModels,
      waterfall: together(ofKind(0), ofKind(1)),
      future: futureChange(before.future, after.future, later.future),
    };
  });
