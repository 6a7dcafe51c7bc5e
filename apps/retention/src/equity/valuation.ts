import { awakeInTransaction } from '@perennial/journal';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { dayNumber } from '../scores/day.js';
import { modelsOn, statisticsOn } from '../scores/score-as-of.js';
import { score } from '../scores/score.js';
import { BANDS, type Statistics } from '../scores/statistics.js';
import { waterfall, type Valuation, type Waterfall } from './waterfall.js';

const HIGH = BANDS.indexOf('high');

export function valuation(statistics: Statistics, models: FittedModels, day: string): Valuation {
  const { lifetimeValue, band } = score(statistics, models, dayNumber(day));
  return {
    statistics,
    worth: lifetimeValue.map((value) => Math.round(value * 100)),
    lost: Uint8Array.from(band, (each) => Number(each === HIGH)),
  };
}

export interface EquityChange {
  waterfall: Waterfall;
  fromModels: FittedModels;
  toModels: FittedModels;
}

/** How customer equity changed between two days; undefined while there are no models. Inside a transaction. */
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
    const before = await statisticsOn(client, fromModels, from);
    const after = await statisticsOn(client, fromModels, to);
    return {
      fromModels,
      toModels,
      waterfall: waterfall(
        valuation(before, fromModels, from),
        valuation(after, fromModels, to),
        valuation(await statisticsOn(client, toModels, to), toModels, to),
      ),
    };
  });
