import type { EventData } from '@perennial/events';
import { event, givenReadModels, merged, subjectIdOf, type GivenOptions } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const [ann, card] = ['user:ann', 'card:7'];
const on = (day: string): GivenOptions => ({ time: `${day}T12:00:00.000Z` });
const money = (amount: string, currency = 'EUR') => ({ amount, currency });

const bought = (orderId: string, category: string, amount: string, day: string, currency = 'EUR') =>
  event(
    'order.placed',
    ann,
    {
      orderId,
      total: money(amount, currency),
      lines: [{ sku: orderId, quantity: 2, price: money(amount, currency), category }],
    },
    on(day),
  );
const stated = (more: Partial<EventData<'wallet.declared'>> = {}, day = '2026-01-01', subject = ann) =>
  event(
    'wallet.declared',
    subject,
    {
      category: 'Home',
      spend: money('400'),
      period: 'year',
      basis: 'declared',
      source: 'survey',
      confidence: 0.8,
      ...more,
    },
    on(day),
  );

describe('Share of wallet', () => {
  const { given } = givenReadModels(retention);

  it('is what was bought with us in a year, in the category and all below, of what is spent at all', () =>
    given(
      stated(),
      bought('A-0', 'Home', '1000', '2025-03-01'),
      bought('A-1', 'Home', '10', '2025-03-02'),
      bought('A-2', 'Home / Lights', '30', '2025-06-01'),
      bought('A-3', 'Homeless', '500', '2025-06-01'),
      bought('A-4', 'Garden', '1', '2026-03-01'),
    ).thenRows('share_of_wallet', [
      {
        customer_id: subjectIdOf(ann),
        category: 'Home',
        as_of: '2026-03-01',
        currency: 'EUR',
        wallet: 400,
        spend: 80,
        share: 0.2,
        headroom: 320,
        sure_headroom: 256,
        exceeded: false,
        basis: 'declared',
        source: 'survey',
        confidence: 0.8,
        stated_on: '2026-01-01',
      },
    ]));

  it('is by the surest source, and by its latest statement', () =>
    given(
      bought('A-1', 'Home', '10', '2026-03-01'),
      stated({ spend: money('900'), confidence: 0.9, source: 'interview' }, '2025-05-01'),
      stated({ spend: money('50'), period: 'quarter', confidence: 0.85, source: 'interview' }, '2025-06-01'),
      stated({ spend: money('100'), confidence: 0.2, basis: 'estimated', source: 'panel' }, '2026-02-01'),
      stated({ spend: money('700'), confidence: 0.85 }, '2025-05-02', card),
      stated({ spend: money('5000'), confidence: 1 }, '2026-03-02'),
      merged(ann, card),
    ).thenRows('share_of_wallet', [{ wallet: 200, spend: 20, source: 'interview', confidence: 0.85 }]));

  it('says when more was bought with us than is said to be spent at all', () =>
    given(bought('A-1', 'Home', '300', '2026-03-01'), stated()).thenRows('share_of_wallet', [
      { share: 1, headroom: 0, exceeded: true },
    ]));

  it('shows whom we sell nothing yet', () =>
    given(bought('A-1', 'Garden', '300', '2026-03-01'), stated()).thenRows('share_of_wallet', [
      { spend: 0, share: 0, headroom: 400 },
    ]));

  it('converts what was stated, and what was bought, each by the rate of its day', () =>
    given(
      event('reporting.currency.set', 'setting:reporting-currency', { currency: 'EUR' }),
      ...[
        ['0.5', '2025-01-01'],
        ['0.25', '2026-02-01'],
      ].map(([rate, day]) =>
        event(
          'exchange.rate.published',
          'currency:USD',
          { base: 'USD', quote: 'EUR', rate: rate!, day: day! },
          on(day!),
        ),
      ),
      stated({ spend: money('800', 'USD') }),
      bought('A-1', 'Home', '100', '2026-03-01', 'USD'),
    ).thenRows('share_of_wallet', [{ currency: 'EUR', wallet: 400, spend: 50, share: 0.125 }]));
});
