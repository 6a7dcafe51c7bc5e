import { event, serviceUnderTest } from '@perennial/testing';
import { RetentionModule } from './retention.module.js';

const [ann, bob, cid] = ['user:ann', 'user:bob', 'user:cid'];
const nobody = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const money = (amount: string, currency = 'EUR') => ({ amount, currency });
const placed = (orderId: string, subject: string, amount: string, day: string, currency = 'EUR') =>
  event(
    'order.placed',
    subject,
    {
      orderId,
      total: money(amount, currency),
      lines: [{ sku: 'lamp', quantity: 1, price: money(amount, currency) }],
    },
    { time: `${day}T12:00:00.000Z` },
  );

interface Page {
  items: { customerId: string; revenue: string }[];
  next: string | null;
}

describe('retention over HTTP', () => {
  const service = serviceUnderTest(RetentionModule);

  beforeAll(() =>
    service.given(
      placed('A-1', ann, '10.10', '2026-01-01'),
      placed('A-2', ann, '0.20', '2026-02-01'),
      placed('B-1', bob, '10.30', '2026-02-03'),
      placed('B-2', bob, '7', '2026-02-03', 'USD'),
      event(
        'order.returned',
        cid,
        { returnId: 'R-1', refund: money('3.30') },
        { time: '2026-02-04T00:00:00.000Z' },
      ),
    ),
  );

  it('answers what one customer bought, by currency, in exact amounts', async () => {
    const { body } = await service.get(`/api/retention/customers/${service.subjectIdOf(bob)}`);
    expect(body).toEqual({
      customerId: service.subjectIdOf(bob),
      purchases: [
        expect.objectContaining({ currency: 'EUR', orders: 1, revenue: '10.30', returns: 0, refunded: '0' }),
        expect.objectContaining({ currency: 'USD', revenue: '7', firstOrderAt: '2026-02-03T12:00:00.000Z' }),
      ],
    });
  });

  it('answers 404 for a customer that nobody knows', async () => {
    const answer = await service.get(`/api/retention/customers/${nobody}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown-customer' } });
  });

  it('lists customers by revenue, page by page, each once', async () => {
    const listed: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const answer: { body: Page } = await service.get<Page>(`/api/retention/customers?limit=1${after}`);
      listed.push(...answer.body.items.map(({ revenue }) => revenue));
      after = answer.body.next && `&after=${answer.body.next}`;
    }
    expect(listed.slice(0, 2).sort()).toEqual(['10.30', '10.30']);
    expect(listed.slice(2)).toEqual(['7', '0']);
  });

  it.each(['nonsense', Buffer.from('["1","2","3"]').toString('base64url')])(
    'refuses the cursor %s',
    async (after) => {
      const answer = await service.get(`/api/retention/customers?after=${after}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-cursor' } });
    },
  );

  it('adds up everything by currency', async () => {
    const { body } = await service.get('/api/retention/summary');
    expect(body).toEqual([
      {
        currency: 'EUR',
        customers: 2,
        repeatCustomers: 1,
        orders: 3,
        revenue: '20.60',
        returns: 1,
        refunded: '3.30',
        netRevenue: '17.30',
        firstOrderAt: '2026-01-01T12:00:00.000Z',
        lastOrderAt: '2026-02-03T12:00:00.000Z',
      },
      expect.objectContaining({ currency: 'USD', customers: 1, revenue: '7' }),
    ]);
  });

  it('answers cohorts of one currency', async () => {
    const { body } = await service.get('/api/retention/cohorts?currency=EUR');
    expect(body).toEqual([
      expect.objectContaining({ cohort: '2026-01-01', monthsSince: 0, customers: 1, share: '1.0000' }),
      expect.objectContaining({ cohort: '2026-01-01', monthsSince: 1, customers: 1, revenue: '0.20' }),
      expect.objectContaining({ cohort: '2026-02-01', monthsSince: 0, customers: 1, revenue: '10.30' }),
    ]);
  });

  it('answers segments as they were on a day', async () => {
    const { body } = await service.get('/api/retention/segments?asOf=2026-01-31');
    expect(body).toEqual([
      {
        asOf: '2026-01-31',
        currency: 'EUR',
        segment: 'new',
        customers: 1,
        orders: 1,
        revenue: '10.10',
        averageRecencyDays: 30,
      },
    ]);
  });

  describe.each(['groups/moves', 'segments/moves', 'equity/change'])('%s, between two days,', (path) => {
    const asked = (days: string) =>
      service.get<{ detail: string; errors?: object[] }>(`/api/retention/${path}?${days}`);

    it('refuses them the wrong way round', async () =>
      expect(await asked('from=2026-02-28&to=2026-01-31')).toMatchObject({
        status: 400,
        body: { detail: 'from (2026-02-28) is after to (2026-01-31): swap the two.' },
      }));

    it('needs both', async () =>
      expect(await asked('from=2026-01-31')).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'to', messages: ['to has to be a day such as 2026-03-31'] }] },
      }));

    it('refuses one that is still to come', async () => {
      const { status, body } = await asked('from=2026-01-31&to=2926-01-01');
      expect([status, body.detail]).toEqual([
        400,
        expect.stringMatching(/^to \(2926-01-01\) is still to come/),
      ]);
    });
  });

  it.each([
    'segments?',
    'segments/customers?',
    'wallets?',
    'wallets/categories?',
    `customers/${nobody}/wallets?`,
    'survival?of=next-order&',
    'life-cycle?',
    'subscriptions/plans?',
    `scores/${nobody}?`,
    `scores/${nobody}/explanation?`,
  ])('says what a day is: %sasOf=…', async (path) => {
    for (const asOf of ['soon', '2026-02-31'])
      expect(await service.get(`/api/retention/${path}asOf=${asOf}`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'asOf', messages: ['asOf has to be a day such as 2026-03-31'] }] },
      });
  });

  it('refuses segments as of a day that is still to come', async () =>
    expect(await service.get('/api/retention/segments?asOf=2926-01-01')).toMatchObject({ status: 400 }));

  it('answers who is in a segment, and who went where', async () => {
    const { body } = await service.get('/api/retention/segments/customers?asOf=2026-02-28&segment=loyal');
    expect(body).toEqual({
      items: [
        expect.objectContaining({
          customerId: service.subjectIdOf(ann),
          segment: 'loyal',
          revenue: '10.30',
        }),
      ],
      next: null,
    });
    const moves = await service.get('/api/retention/segments/moves?from=2026-01-31&to=2026-02-28');
    expect(moves.body).toEqual([
      { currency: 'EUR', from: null, to: 'new', customers: 1, revenueBetween: '10.30' },
      { currency: 'EUR', from: 'new', to: 'loyal', customers: 1, revenueBetween: '0.20' },
      { currency: 'USD', from: null, to: 'new', customers: 1, revenueBetween: '7' },
    ]);
  });

  it('answers triangles of cohorts by quarter, in the reporting currency', async () => {
    const { body } = await service.get('/api/retention/cohorts/triangle?unit=quarter');
    expect(body).toEqual({
      unit: 'quarter',
      currency: 'EUR',
      cohorts: [
        {
          cohort: '2026-01-01',
          customers: 2,
          periods: [
            {
              since: 0,
              customers: 2,
              retention: '1.0000',
              orders: 4,
              revenue: '20.60',
              cumulativeRevenue: '20.60',
              cumulativeRevenuePerCustomer: '10.30',
              complete: false,
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['week', ['2025-12-29', '2026-01-26', '2026-02-02']],
    ['month', ['2026-01-01', '2026-02-01']],
    ['year', ['2026-01-01']],
  ])('answers customers who return, by %s', async (unit, periods) => {
    const { body } = await service.get<{ period: string }[]>(`/api/retention/cohorts/returning?unit=${unit}`);
    expect(body.map(({ period }) => period)).toEqual(periods);
  });

  it('answers survival curves with intervals', async () => {
    const { body } = await service.get('/api/retention/survival?of=second-order&by=cohort&asOf=2026-02-28');
    expect(body).toMatchObject({
      of: 'second-order',
      asOf: '2026-02-28',
      curves: [
        {
          group: '2026',
          observed: 2,
          left: 1,
          median: { time: 31, upper: null },
          steps: [{ time: 31, atRisk: 1, survival: 0, standardError: null, lower: 0, upper: 1 }],
        },
      ],
    });
  });

  it('answers shares of wallet, page by page, by category and by customer', async () => {
    await service.given(
      ...[ann, bob].map((subject) =>
        event('wallet.declared', subject, {
          category: 'Home',
          spend: money('100'),
          period: 'month',
          basis: 'declared',
          source: 'survey',
          confidence: 0.5,
        }),
      ),
    );
    interface Wallets {
      items: { customerId: string; sureHeadroom: string }[];
      next: string;
    }
    // The last day with an order is before the statements.
    expect((await service.get('/api/retention/wallets')).body).toEqual({ items: [], next: null });
    const first = await service.get<Wallets>('/api/retention/wallets?asOf=2026-03-01&limit=1&category=Home');
    const second = await service.get<Wallets>(
      `/api/retention/wallets?asOf=2026-03-01&limit=1&after=${first.body.next}`,
    );
    expect([...first.body.items, ...second.body.items].map(({ customerId }) => customerId).sort()).toEqual(
      [ann, bob].map((subject) => service.subjectIdOf(subject)).sort(),
    );
    expect(second.body.next).toBeNull();
    expect((await service.get('/api/retention/wallets/categories?asOf=2026-03-01')).body).toEqual([
      {
        category: 'Home',
        currency: 'EUR',
        customers: 2,
        wallet: '2400',
        spend: '0',
        share: '0.0000',
        headroom: '2400',
        sureHeadroom: '1200.00',
      },
    ]);
    const customer = await service.get(
      `/api/retention/customers/${service.subjectIdOf(ann)}/wallets?asOf=2026-03-01`,
    );
    expect(customer.body).toMatchObject({
      customerId: service.subjectIdOf(ann),
      wallets: [{ category: 'Home', wallet: '1200', confidence: '0.5000' }],
      statements: [{ annualSpend: '1200', statedAt: '2026-03-01T12:00:00.000Z' }],
    });
  });

  it('answers what orders brought and cost, and what is missing for want of a rate', async () => {
    await service.given(
      event(
        'product.cost.stated',
        'product:lamp',
        { sku: 'lamp', cost: money('4') },
        { time: '2026-02-01T00:00:00.000Z' },
      ),
    );
    const { body } = await service.get('/api/retention/margins');
    expect(body).toMatchObject({
      currency: 'EUR',
      periods: [
        { period: '2026-01-01', orders: 1, revenue: '10.10', goodsCost: '0', knownShare: '0.0000' },
        {
          period: '2026-02-01',
          orders: 3,
          unconverted: 1,
          revenue: '10.50',
          contribution: '2.500000',
          knownShare: '1.0000',
        },
      ],
      missingRates: [
        { currency: 'USD', orders: 1, total: '7', subscriptions: 0, from: '2026-02-03', until: '2026-02-03' },
      ],
    });
  });

  it('answers subscriptions by plan and by customer', async () => {
    const subscriptionId = 'S-1';
    const terms = { plan: 'basic', price: money('9'), period: { count: 3, unit: 'month' as const } };
    await service.given(
      event('subscription.started', ann, { subscriptionId, ...terms }, { time: '2026-01-01T00:00:00.000Z' }),
      event(
        'subscription.started',
        bob,
        { subscriptionId: 'S-2', ...terms },
        { time: '2026-01-02T00:00:00.000Z' },
      ),
      event(
        'subscription.cancelled',
        bob,
        { subscriptionId: 'S-2', endsOn: '2026-02-01', involuntary: true },
        { time: '2026-01-20T00:00:00.000Z' },
      ),
    );
    const plans = async (asOf: string) =>
      (await service.get(`/api/retention/subscriptions/plans?asOf=${asOf}`)).body;
    const plan = { plan: 'basic', currency: 'EUR', started: 2 };
    expect(await plans('2026-01-31')).toEqual([
      { ...plan, asOf: '2026-01-31', active: 2, ended: 0, involuntary: 0, monthlyPrice: '6.00' },
    ]);
    expect(await plans('2026-02-01')).toEqual([
      { ...plan, asOf: '2026-02-01', active: 1, ended: 1, involuntary: 1, monthlyPrice: '3.00' },
    ]);
    const { body } = await service.get(`/api/retention/customers/${service.subjectIdOf(bob)}/subscriptions`);
    expect(body).toEqual([
      expect.objectContaining({
        subscriptionId: 'S-2',
        startedOn: '2026-01-02',
        endsOn: '2026-02-01',
        renewals: 0,
      }),
    ]);
  });

  it.each([
    'margins?unit=day',
    'customers/nobody/subscriptions',
    'survival?of=nonsense',
    'survival',
    'cohorts/triangle?unit=fortnight',
    'wallets?after=nonsense',
    'segments/customers?segment=nonsense',
  ])('refuses %s', async (path) => {
    expect(await service.get(`/api/retention/${path}`)).toMatchObject({ status: 400 });
  });
});
