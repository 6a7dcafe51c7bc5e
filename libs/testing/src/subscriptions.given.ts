import { event, type GivenEvent } from './event.given.js';

/** The 15th of a month, counted from January 2023. */
export const monthly = (number: number) => new Date(Date.UTC(2023, number, 15)).toISOString().slice(0, 10);

export interface Membership {
  /** The month in which it begins, and the last one for which it is renewed; see `monthly`. */
  first: number;
  last: number;
  /** Whether notice is given in the last one, for that very day. */
  ends?: boolean;
  price?: string;
  currency?: string;
}

/** A subscription by the month of `user:<name>`, renewed every month up to its last one. */
export function subscribed(name: string, membership: Membership): GivenEvent[] {
  const { first, last, ends, price = '10', currency = 'EUR' } = membership;
  const [subject, subscriptionId] = [`user:${name}`, `S-${name}`];
  const terms = {
    plan: 'club',
    price: { amount: price, currency },
    period: { count: 1, unit: 'month' as const },
  };
  return [
    event('subscription.started', subject, { subscriptionId, ...terms }, at(first)),
    ...Array.from({ length: last - first }, (_, past) => renewal(name, first + past + 1)),
    ...(ends ? [notice(name, last)] : []),
  ];
}

export const renewal = (name: string, month: number) =>
  event(
    'subscription.renewed',
    `user:${name}`,
    { subscriptionId: `S-${name}`, periodFrom: monthly(month) },
    at(month),
  );

export const notice = (name: string, month: number) =>
  event(
    'subscription.cancelled',
    `user:${name}`,
    { subscriptionId: `S-${name}`, endsOn: monthly(month) },
    at(month),
  );

const at = (month: number) => ({ time: `${monthly(month)}T12:00:00.000Z` });

/** Members by the month up to a month. Most who leave do so early: who is still there is of those who stay. */
export const members = (count: number, until: number): GivenEvent[] =>
  Array.from({ length: count }, (_, each) => {
    const first = each % 20;
    const stays = each % 3 === 0 ? 1 : each % 3 === 1 ? 4 : until;
    const last = Math.min(until, first + stays);
    return subscribed(`member-${each}`, { first, last, ends: last < until });
  }).flat();
