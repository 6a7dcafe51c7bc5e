import { event, serviceUnderTest } from '@perennial/testing';
import { RetentionModule } from './retention.module.js';

const [ann, bob, cid] = ['user:ann', 'user:bob', 'user:cid'];
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
    const answer = await service.get('/api/retention/customers/7c9e6679-7425-40de-944b-e07fc1f90ae7');
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

  it.each(['soon', '2026-02-31'])('refuses segments as of %s', async (asOf) => {
    expect(await service.get(`/api/retention/segments?asOf=${asOf}`)).toMatchObject({ status: 400 });
  });
});
