import { event, givenReadModels, type GivenOptions } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const published = (base: string, quote: string, rate: string, day: string, options: GivenOptions = {}) =>
  event(
    'exchange.rate.published',
    `currency:${base}`,
    { base, quote, rate, day },
    { time: `${day}T15:00:00.000Z`, ...options },
  );
const reportIn = (currency: string, time = '2026-01-01T00:00:00.000Z') =>
  event('reporting.currency.set', 'setting:reporting-currency', { currency }, { time });
const placed = (orderId: string, amount: string, currency: string, day: string) =>
  event(
    'order.placed',
    'user:ann',
    {
      orderId,
      total: { amount, currency },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount, currency } }],
    },
    { time: `${day}T12:00:00.000Z` },
  );

describe('The reporting currency', () => {
  const { given } = givenReadModels(retention);

  it('is the one with the most orders while nobody has set it', () =>
    given(
      placed('A-1', '10', 'USD', '2026-01-01'),
      placed('A-2', '10', 'EUR', '2026-01-02'),
      placed('A-3', '10', 'EUR', '2026-01-03'),
    ).thenRows('reporting_currency', [{ currency: 'EUR', set_at: null }]));

  it('is the one that was set last', () =>
    given(
      placed('A-1', '10', 'USD', '2026-01-01'),
      reportIn('GBP', '2026-02-01T00:00:00.000Z'),
      reportIn('EUR'),
    ).thenRows('reporting_currency', [{ currency: 'GBP', set_at: '2026-02-01T00:00:00+00:00' }]));

  it('is unknown without orders', () => given().thenNoRow('reporting_currency'));
});

describe('An exchange rate', () => {
  const { given } = givenReadModels(retention);
  const own = { currency: 'EUR', valid_from: '-infinity', valid_until: 'infinity', multiply: 1, divide: 1 };

  it('holds from its day to that of the next one', () =>
    given(
      reportIn('EUR'),
      published('USD', 'EUR', '0.9', '2026-01-01'),
      published('USD', 'EUR', '0.8', '2026-01-10'),
    ).thenRows('conversion', [
      own,
      { currency: 'USD', valid_from: '2026-01-01', valid_until: '2026-01-10', multiply: 0.9, divide: 1 },
      { currency: 'USD', valid_from: '2026-01-10', valid_until: 'infinity', multiply: 0.8, divide: 1 },
    ]));

  it('is corrected by what is stated of its day later', () =>
    given(
      reportIn('EUR'),
      published('USD', 'EUR', '9', '2026-01-01'),
      published('USD', 'EUR', '0.9', '2026-01-01', { time: '2026-01-02T00:00:00.000Z' }),
    ).thenRows('conversion', [own, { currency: 'USD', multiply: 0.9 }]));

  it('is used the other way round where it was published so, as the European Central Bank does', () =>
    given(reportIn('EUR'), published('EUR', 'USD', '1.25', '2026-01-01')).thenRows('conversion', [
      own,
      { currency: 'USD', multiply: 1, divide: 1.25, by_way_of: null },
    ]));

  it('leads by way of a third currency where two were never published together', () =>
    given(
      reportIn('USD'),
      published('EUR', 'USD', '1.25', '2026-01-01'),
      published('EUR', 'GBP', '0.8', '2026-01-05'),
      published('EUR', 'USD', '1.2', '2026-01-10'),
    ).thenRows('conversion', [
      { ...own, currency: 'USD' },
      { currency: 'EUR', valid_from: '2026-01-01', valid_until: '2026-01-10', multiply: 1.25, divide: 1 },
      { currency: 'EUR', valid_from: '2026-01-10', valid_until: 'infinity', multiply: 1.2, divide: 1 },
      {
        currency: 'GBP',
        valid_from: '2026-01-05',
        valid_until: '2026-01-10',
        multiply: 1.25,
        divide: 0.8,
        by_way_of: 'EUR',
      },
      { currency: 'GBP', valid_from: '2026-01-10', valid_until: 'infinity', multiply: 1.2, divide: 0.8 },
    ]));

  it('does not count against itself', () =>
    given(reportIn('EUR'), published('EUR', 'EUR', '2', '2026-01-01')).thenRows('conversion', [own]));
});

describe('An order in another currency', () => {
  const { given, subject } = givenReadModels(retention);
  const revenueOf = async (orderId: string) => {
    const { rows } = await subject.pool.query<{ revenue: string | null }>(
      `select revenue from retention.order_margin where order_id = $1`,
      [orderId],
    );
    return rows[0]?.revenue;
  };

  it('is converted by the rate of its day, exactly, whenever the rates became known', async () => {
    await given(
      placed('A-1', '10.01', 'USD', '2026-01-09'),
      placed('A-2', '10.01', 'USD', '2026-01-10'),
      placed('A-3', '10.01', 'USD', '2025-12-31'),
      reportIn('EUR'),
      published('USD', 'EUR', '0.123456789012', '2026-01-01', { time: '2026-08-01T00:00:00.000Z' }),
      published('EUR', 'USD', '3', '2026-01-10'),
    ).thenRow('order_margin', {
      order_id: 'A-3',
      reporting_currency: null,
      revenue: null,
      contribution: null,
    });
    expect(await revenueOf('A-1')).toBe('1.23580245801012');
    // A price the other way round is divided: rounded to 6 decimals.
    expect(await revenueOf('A-2')).toBe('3.336667');
  });

  it('keeps its amount as it is in its own currency', async () => {
    await given(placed('A-1', '10.10', 'EUR', '2026-01-09')).thenRow('order_margin', { revenue: 10.1 });
    expect(await revenueOf('A-1')).toBe('10.10');
  });
});

describe('A missing rate', () => {
  const { given } = givenReadModels(retention);
  const returned = (returnId: string, amount: string, currency: string, day: string, orderId?: string) =>
    event(
      'order.returned',
      'user:ann',
      { returnId, ...(orderId && { orderId }), refund: { amount, currency } },
      { time: `${day}T12:00:00.000Z` },
    );
  const nothing = { orders: 0, total: 0, returns: 0, refunded: 0, subscriptions: 0 };

  it('is told of refunds, too: those of a known order need the rate of its day', () =>
    given(
      reportIn('EUR'),
      placed('A-1', '50', 'USD', '2026-01-10'),
      placed('A-2', '20', 'EUR', '2026-01-02'),
      placed('A-3', '20', 'EUR', '2026-01-03'),
      returned('R-1', '5', 'USD', '2026-02-01', 'A-1'),
      returned('R-2', '3', 'USD', '2026-02-02', 'A-2'),
      returned('R-3', '2', 'USD', '2026-01-04'),
      returned('R-4', '7', 'GBP', '2026-01-05', 'A-3'),
      published('USD', 'EUR', '0.9', '2026-01-04'),
    ).thenRows('missing_rate', [
      { ...nothing, currency: 'USD', returns: 1, refunded: 3, from: '2026-01-02', until: '2026-01-02' },
      { ...nothing, currency: 'GBP', returns: 1, refunded: 7, from: '2026-01-03', until: '2026-01-03' },
    ]));

  it('is none of refunds that count for nothing, as their order was cancelled', () =>
    given(
      reportIn('EUR'),
      placed('A-1', '20', 'EUR', '2026-01-02'),
      event('order.cancelled', 'user:ann', { orderId: 'A-1' }, { time: '2026-01-03T12:00:00.000Z' }),
      returned('R-1', '3', 'USD', '2026-02-02', 'A-1'),
    ).thenNoRow('missing_rate'));
});
