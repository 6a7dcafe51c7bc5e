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
  /** That version had other bands. */
  otherBands: boolean;
  atStake: string;
  currency: string | null;
  /** The part of orders; null of who never ordered. */
  daysSinceLastOrder: number | null;
  frequency: number | null;
  previousFrequency: number | null;
  ageDays: number | null;
  /** The first order is not the one it was: orders were added, cancelled or joined to the customer. */
  otherFirstOrder: boolean;
  /** Running subscriptions, those of them of which notice was given, and their renewals so far. */
  subscriptions: number;
  previousSubscriptions: number;
  ending: number;
  previousEnding: number;
  renewals: number;
  previousRenewals: number;
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
        ...(daysSinceLastOrder !== null && { daysSinceLastOrder }),
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
  return frequency && ageDays !== null && daysSinceLastOrder !== null
    ? Math.round((10 * (ageDays - daysSinceLastOrder)) / frequency) / 10
    : undefined;
}

/**
 * What speaks for the risk of a customer whose band never changed since it was first scored: there is no change to give
 * the reasons of, but whoever reads the list of those at risk asks for them all the same.
 */
export function presentReasons(of: Present): Reasons {
  const { daysSinceLastOrder, usualDaysBetweenOrders, subscriptions, subscriptionsEnding } = of;
  const reasons: Reasons = [];
  if (subscriptions === 0) reasons.push('subscription-ended');
  if (subscriptionsEnding) reasons.push('notice-given');
  if (daysSinceLastOrder === null) return reasons.length > 0 ? reasons : ['renewal-ahead'];
  const isUnusual = usualDaysBetweenOrders !== null && daysSinceLastOrder > UNUSUAL * usualDaysBetweenOrders;
  return [...reasons, isUnusual ? 'silent-too-long' : 'silent'];
}

export interface Present {
  daysSinceLastOrder: number | null;
  usualDaysBetweenOrders: number | null;
  /** Those that run, and those of them of which notice was given; null: has never subscribed. */
  subscriptions: number | null;
  subscriptionsEnding: number | null;
}

type Reasons = RiskChanged['reasons'];

function reasonsOf(change: BandChange, modelVersion: number, usual?: number): Reasons {
  const reasons: Reasons = [...ofOrders(change), ...ofSubscriptions(change)];
  if (change.previousModelVersion !== modelVersion) reasons.push('model-changed');
  if (change.otherBands) reasons.push('bands-changed');
  if (change.risk <= change.previousRisk) return reasons.length > 0 ? reasons : ['orders-changed'];
  const { daysSinceLastOrder } = change;
  if (daysSinceLastOrder === null) return reasons.length > 0 ? reasons : ['renewal-ahead'];
  if (usual !== undefined && daysSinceLastOrder > UNUSUAL * usual) reasons.push('silent-too-long');
  else if (reasons.length === 0) reasons.push('silent');
  return reasons;
}

/** A first order is one more than none. */
const countOf = (frequency: number | null) => (frequency === null ? 0 : frequency + 1);

function ofOrders({ frequency, previousFrequency, otherFirstOrder }: BandChange): Reasons {
  const [now, before] = [countOf(frequency), countOf(previousFrequency)];
  if (now < before || (otherFirstOrder && before > 0)) return ['orders-changed'];
  return now > before ? ['ordered-again'] : [];
}

function ofSubscriptions(change: BandChange): Reasons {
  const { subscriptions, previousSubscriptions, ending, previousEnding } = change;
  const going = subscriptions - ending;
  const wentOn = previousSubscriptions - previousEnding;
  if (subscriptions < previousSubscriptions) return ['subscription-ended'];
  if (going > wentOn) return ['subscribed'];
  if (going < wentOn) return ['notice-given'];
  return change.renewals > change.previousRenewals ? ['renewed'] : [];
}
