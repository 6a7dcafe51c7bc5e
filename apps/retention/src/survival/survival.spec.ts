import { event, givenReadModels, type GivenOptions } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const on = (day: string): GivenOptions => ({ time: `${day}T12:00:00.000Z` });
const eur = (amount: string) => ({ amount, currency: 'EUR' });
const bought = (subject: string, day: string) =>
  event(
    'order.placed',
    subject,
    { orderId: `${subject} ${day}`, total: eur('1'), lines: [{ sku: 'lamp', quantity: 1, price: eur('1') }] },
    on(day),
  );
const subscribed = (subject: string, day: string) =>
  event(
    'subscription.started',
    subject,
    { subscriptionId: subject, plan: 'basic', price: eur('5'), period: { count: 1, unit: 'month' } },
    on(day),
  );
const cancelled = (subject: string, day: string, endsOn?: string) =>
  event('subscription.cancelled', subject, { subscriptionId: subject, endsOn }, on(day));

describe('The time to the next order', () => {
  const { given } = givenReadModels(retention);

  it('is open for who has not ordered again by the last day known', () =>
    given(
      bought('user:ann', '2026-01-01'),
      bought('user:ann', '2026-01-11'),
      bought('user:bob', '2026-01-01'),
      bought('user:bob', '2026-01-21'),
      bought('user:cid', '2026-01-06'),
    ).thenRows('survival_curve', [
      { of: 'second-order', group: 'all', days: 10, at_risk: 3, left: 1, censored: 0, survival: 0.666667 },
      { of: 'second-order', days: 15, at_risk: 2, left: 0, censored: 1, survival: 0.666667 },
      { of: 'second-order', days: 20, at_risk: 1, left: 1, censored: 0, survival: 0 },
      { of: 'next-order', days: 0, at_risk: 5, left: 0, censored: 1, survival: 1 },
      { of: 'next-order', days: 10, at_risk: 4, left: 1, censored: 1, survival: 0.75 },
      { of: 'next-order', days: 15, at_risk: 2, left: 0, censored: 1, survival: 0.75 },
      { of: 'next-order', days: 20, at_risk: 1, left: 1, censored: 0, survival: 0 },
    ]));
});

describe('The life of subscriptions', () => {
  const { given } = givenReadModels(retention);

  it('is over on the day on which they end, and open for those that go on', () =>
    given(
      subscribed('user:ann', '2026-01-01'),
      cancelled('user:ann', '2026-01-11'),
      subscribed('user:bob', '2026-01-01'),
      cancelled('user:bob', '2026-01-15', '2026-02-01'),
      subscribed('user:cid', '2026-01-10'),
      subscribed('user:dee', '2026-01-15'),
    ).thenRows('survival_curve', [
      { of: 'subscription', group: 'basic', days: 0, at_risk: 4, left: 0, censored: 1, survival: 1 },
      { of: 'subscription', days: 5, at_risk: 3, left: 0, censored: 1, survival: 1 },
      { of: 'subscription', days: 10, at_risk: 2, left: 1, censored: 0, survival: 0.5 },
      { of: 'subscription', days: 14, at_risk: 1, left: 0, censored: 1, survival: 0.5 },
    ]));
});
