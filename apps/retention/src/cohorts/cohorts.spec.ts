import { event, givenReadModels, subjectIdOf } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const placed = (orderId: string, subject: string, amount: string, day: string) =>
  event(
    'order.placed',
    subject,
    {
      orderId,
      total: { amount, currency: 'EUR' },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount, currency: 'EUR' } }],
    },
    { time: `${day}T12:00:00.000Z` },
  );

const history = [
  placed('A-1', 'user:ann', '10', '2025-12-30'),
  placed('A-2', 'user:ann', '20', '2026-02-01'),
  placed('A-3', 'user:ann', '1', '2026-02-02'),
  placed('B-1', 'user:bob', '5', '2025-12-01'),
  placed('C-1', 'user:cid', '7', '2026-02-28'),
];

describe('cohorts', () => {
  const { given } = givenReadModels(retention);

  it('follow the customers of a month through the months after, over the turn of the year', () =>
    given(...history).thenRows('cohorts', [
      { cohort: '2025-12-01', months_since: 0, cohort_customers: 2, customers: 2, share: 1, revenue: 15 },
      {
        cohort: '2025-12-01',
        months_since: 2,
        cohort_customers: 2,
        customers: 1,
        share: 0.5,
        orders: 2,
        revenue: 21,
      },
      { cohort: '2026-02-01', months_since: 0, cohort_customers: 1, customers: 1, share: 1, revenue: 7 },
    ]));
});

describe('segments', () => {
  const { given } = givenReadModels(retention);
  const ids = { ann: subjectIdOf('user:ann'), bob: subjectIdOf('user:bob'), cid: subjectIdOf('user:cid') };

  it('measure recency, frequency and value as of the last day with an order', () =>
    given(...history).thenRows('recency_frequency_value', [
      {
        customer_id: ids.ann,
        as_of: '2026-02-28',
        recency_days: 26,
        tenure_days: 60,
        frequency: 2,
        revenue: 31,
      },
      {
        customer_id: ids.bob,
        as_of: '2026-02-28',
        recency_days: 89,
        tenure_days: 89,
        frequency: 0,
        revenue: 5,
      },
      {
        customer_id: ids.cid,
        as_of: '2026-02-28',
        recency_days: 0,
        tenure_days: 0,
        frequency: 0,
        revenue: 7,
      },
    ]));

  it('score by fifths and name what follows', () =>
    given(...history).thenRows('segments', [
      { customer_id: ids.ann, recency_score: 4, frequency_score: 5, value_score: 5, segment: 'champion' },
      { customer_id: ids.bob, recency_score: 2, frequency_score: 4, value_score: 2, segment: 'bought once' },
      { customer_id: ids.cid, recency_score: 5, frequency_score: 4, value_score: 4, segment: 'new' },
    ]));

  it('give customers who are alike the same score', () =>
    given(
      placed('A-1', 'user:ann', '10', '2026-01-01'),
      placed('B-1', 'user:bob', '10', '2026-01-01'),
      placed('C-1', 'user:cid', '10', '2026-01-01'),
    ).thenRows('segments', [
      { customer_id: ids.ann, recency_score: 5, value_score: 5 },
      { customer_id: ids.bob, recency_score: 5, value_score: 5 },
      { customer_id: ids.cid, recency_score: 5, value_score: 5 },
    ]));
});
