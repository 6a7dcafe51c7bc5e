import type { EventData } from '@perennial/events';
import type { Decision } from '@perennial/read-models';
import type { Band } from '../scores/statistics.js';

type RiskChanged = EventData<'risk.changed'>;

/** A customer's scores before and after, where the band of risk differs. */
export interface BandChange {
  customerId: string;
  from: Band;
  to: Band;
  risk: number;
  previousRisk: number;
  asOf: string;
  previousModelVersion: number;
  atStake: string;
  currency: string | null;
  daysSinceLastOrder: number;
  frequency: number;
  previousFrequency: number;
  ageDays: number;
  /** The first order is not the one it was: orders were added, cancelled or joined to the customer. */
  otherFirstOrder: boolean;
}

/** Silence for longer than this many times the usual time between two orders is unusual. */
const UNUSUAL = 2;

/** Says of each customer how the risk has changed, and why. */
export function riskChanges(
  changes: readonly BandChange[],
  modelVersion: number,
  now: Date,
): Decision<'risk.changed'>[] {
  return changes.map((change) => {
    const { customerId, from, to, risk, previousRisk, asOf, atStake, currency, daysSinceLastOrder } = change;
    const usual = usualDaysBetweenOrders(change);
    return {
      type: 'risk.changed',
      streamId: customerId,
      subject: `customer:${customerId}`,
      time: now.toISOString(),
      data: {
        customerId,
        from,
        to,
        risk,
        previousRisk,
        asOf,
        modelVersion,
        atStake,
        ...(currency && { currency }),
        reasons: reasonsOf(change, modelVersion, usual),
        daysSinceLastOrder,
        ...(usual !== undefined && { usualDaysBetweenOrders: usual }),
      },
      cause: JSON.stringify([customerId, from, to, asOf, modelVersion, change.frequency, risk]),
    };
  });
}

/** Days from the first order to the latest, divided by the orders after the first; undefined after one order. */
export function usualDaysBetweenOrders({
  frequency,
  ageDays,
  daysSinceLastOrder,
}: Pick<BandChange, 'frequency' | 'ageDays' | 'daysSinceLastOrder'>): number | undefined {
  return frequency > 0 ? Math.round((10 * (ageDays - daysSinceLastOrder)) / frequency) / 10 : undefined;
}

function reasonsOf(change: BandChange, modelVersion: number, usual?: number): RiskChanged['reasons'] {
  const reasons: RiskChanged['reasons'] = [];
  if (change.otherFirstOrder || change.frequency < change.previousFrequency) reasons.push('orders-changed');
  else if (change.frequency > change.previousFrequency) reasons.push('ordered-again');
  if (change.previousModelVersion !== modelVersion) reasons.push('model-changed');
  if (change.risk <= change.previousRisk) return reasons.length > 0 ? reasons : ['orders-changed'];
  if (usual !== undefined && change.daysSinceLastOrder > UNUSUAL * usual) reasons.push('silent-too-long');
  else if (reasons.length === 0) reasons.push('silent');
  return reasons;
}
