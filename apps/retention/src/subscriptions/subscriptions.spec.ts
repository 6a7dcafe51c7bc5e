import type { EventData } from '@perennial/events';
import { event, givenReadModels, merged, subjectIdOf, type GivenOptions } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const [ann, card] = ['user:ann', 'card:7'];
const on = (day: string): GivenOptions => ({ time: `${day}T12:00:00.000Z` });
const subscriptionId = 'S-1';
const terms = (plan: string, amount: string): Omit<EventData<'subscription.started'>, 'subscriptionId'> => ({
  plan,
  price: { amount, currency: 'EUR' },
  period: { count: 1, unit: 'month' },
});
const started = (subject = ann, options = on('2026-01-15')) =>
  event('subscription.started', subject, { subscriptionId, ...terms('basic', '5') }, options);
const renewed = (periodFrom: string, subject = ann) =>
  event('subscription.renewed', subject, { subscriptionId, periodFrom }, on(periodFrom));
const cancelled = (day: string, more: Partial<EventData<'subscription.cancelled'>> = {}, subject = ann) =>
  event('subscription.cancelled', subject, { subscriptionId, ...more }, on(day));

describe('A subscription', () => {
  const { given } = givenReadModels(retention);

  it('begins with its first period and is alive until it is cancelled', () =>
    given(started()).thenRows('subscription_life', [
      {
        customer_id: subjectIdOf(ann),
        plan: 'basic',
        price: 5,
        period_days: 30.436875,
        started_on: '2026-01-15',
        renewals: 0,
        last_renewed_for: null,
        ends_on: null,
      },
    ]));

  it('counts a renewal once, by the period that it is for', () =>
    given(
      started(),
      renewed('2026-02-15'),
      renewed('2026-03-15'),
      renewed('2026-03-15', card),
      merged(ann, card),
    ).thenRows('subscription_life', [{ renewals: 2, last_renewed_for: '2026-03-15' }]));

  it('ends on the day of the notice, or on the one that it names', async () => {
    await given(started(), cancelled('2026-03-01')).thenRows('subscription_life', [
      { ends_on: '2026-03-01', involuntary: false },
    ]);
    await given(
      started(),
      cancelled('2026-03-01', { endsOn: '2026-03-15', reason: 'too-expensive', involuntary: true }),
    ).thenRows('subscription_life', [{ ends_on: '2026-03-15', involuntary: true, reason: 'too-expensive' }]);
  });

  it('goes on when the notice is taken back, until the next one', async () => {
    const resumed = event('subscription.resumed', card, { subscriptionId }, on('2026-03-02'));
    await given(started(), cancelled('2026-03-01'), resumed, merged(ann, card)).thenRows(
      'subscription_life',
      [{ ends_on: null, involuntary: null }],
    );
    await given(
      started(),
      cancelled('2026-03-01'),
      resumed,
      cancelled('2026-04-01'),
      merged(ann, card),
    ).thenRows('subscription_life', [{ ends_on: '2026-04-01' }]);
  });

  it('goes on under other terms', () =>
    given(
      started(),
      event(
        'subscription.changed',
        ann,
        { subscriptionId, ...terms('premium', '9'), period: { count: 1, unit: 'year' } },
        on('2026-02-01'),
      ),
    ).thenRows('subscription_life', [
      { plan: 'premium', price: 9, period_days: 365.2425, started_on: '2026-01-15' },
    ]));

  it('is not there while only its renewals are known', () =>
    given(renewed('2026-02-15'), cancelled('2026-03-01')).thenNoRow('subscription_life'));
});
