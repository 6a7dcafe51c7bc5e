import { event, givenReadModels, subjectIdOf } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const placed = (orderId: string, subject: string, amount: string, day: string, currency = 'EUR') =>
  event(
    'order.placed',
    subject,
    {
      orderId,
      total: { amount, currency },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount, currency } }],
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

describe('the triangle of cohorts', () => {
  const { given } = givenReadModels(retention);

  it('has every month up to the last one with orders, also those without', () =>
    given(...history).thenRows('cohort_triangle', [
      {
        cohort: '2025-12-01',
        since: 0,
        cohort_customers: 2,
        customers: 2,
        retention: 1,
        orders: 2,
        revenue: 15,
        cumulative_revenue: 15,
        cumulative_revenue_per_customer: 7.5,
        complete: true,
      },
      { cohort: '2025-12-01', since: 1, customers: 0, retention: 0, revenue: 0, cumulative_revenue: 15 },
      {
        cohort: '2025-12-01',
        since: 2,
        customers: 1,
        retention: 0.5,
        orders: 2,
        revenue: 21,
        cumulative_revenue: 36,
        cumulative_revenue_per_customer: 18,
        complete: false,
      },
      { cohort: '2026-02-01', since: 0, cohort_customers: 1, customers: 1, complete: false },
    ]));

  it('holds a customer who pays in two currencies once', () =>
    given(
      ...history,
      event('reporting.currency.set', 'setting:reporting-currency', { currency: 'EUR' }),
      event('exchange.rate.published', 'currency:USD', {
        base: 'USD',
        quote: 'EUR',
        rate: '0.5',
        day: '2026-01-01',
      }),
      placed('C-2', 'user:cid', '10', '2026-02-28', 'USD'),
    ).thenRow('cohort_triangle', { cohort: '2026-02-01', since: 0, customers: 1, orders: 2, revenue: 12 }));
});

describe('customers who return', () => {
  const { given } = givenReadModels(retention);

  it('had bought in an earlier month; those retained in the one just before', () =>
    given(...history, placed('A-4', 'user:ann', '4', '2026-03-01')).thenRows('returning_customers', [
      {
        period: '2025-12-01',
        customers: 2,
        new_customers: 2,
        returning_customers: 0,
        returning_share: 0,
        retention_rate: null,
        complete: true,
      },
      {
        period: '2026-02-01',
        customers: 2,
        new_customers: 1,
        returning_customers: 1,
        returning_share: 0.5,
        retained_customers: 0,
        retention_rate: null,
        orders: 3,
        revenue: 28,
        returning_revenue: 21,
        returning_revenue_share: 0.75,
      },
      {
        period: '2026-03-01',
        returning_share: 1,
        retained_customers: 1,
        retention_rate: 0.5,
        complete: false,
      },
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
