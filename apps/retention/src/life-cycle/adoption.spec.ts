import { event, givenReadModels, serviceUnderTest, type GivenOptions } from '@perennial/testing';
import { RetentionModule } from '../retention.module.js';
import { retention } from '../retention.read-models.js';

const on = (day: string): GivenOptions => ({ time: `${day}T12:00:00.000Z` });
const eur = { amount: '1', currency: 'EUR' };
const bought = (subject: string, day: string, ...skus: string[]) =>
  event(
    'order.placed',
    subject,
    {
      orderId: `${subject} ${day} ${skus.join(' ')}`,
      total: eur,
      lines: skus.map((sku) => ({ sku, quantity: 2, price: eur, category: `Home / ${sku}` })),
    },
    on(day),
  );
const month = (index: number) => new Date(Date.UTC(2024, index, 15)).toISOString().slice(0, 10);

describe('Adoption', () => {
  const { given } = givenReadModels(retention);

  it('is who bought a product, or a category at any level, for the first time', () =>
    given(
      bought('user:ann', '2026-01-05', 'lamp', 'pen'),
      bought('user:bob', '2026-02-05', 'lamp'),
      bought('user:ann', '2026-02-06', 'lamp'),
      bought('user:ann', '2026-03-01', 'lamp'),
    ).thenRows('adoption', [
      { level: 'product', item: 'LAMP', month: '2026-01-01', adopters: 1, buyers: 1, units: 2 },
      { level: 'product', item: 'LAMP', month: '2026-02-01', adopters: 1, buyers: 2, units: 4 },
      { level: 'product', item: 'PEN', month: '2026-01-01', adopters: 1, buyers: 1, units: 2 },
      { level: 'category', item: 'Home / lamp', month: '2026-01-01', adopters: 1 },
      { level: 'category', item: 'Home / lamp', month: '2026-02-01', adopters: 1 },
      { level: 'category', item: 'Home / pen', month: '2026-01-01', adopters: 1 },
      { level: 'category', item: 'Home', month: '2026-01-01', adopters: 1, units: 4 },
      { level: 'category', item: 'Home', month: '2026-02-01', adopters: 1, buyers: 2 },
    ]));
});

describe('The life cycle over HTTP', () => {
  const service = serviceUnderTest(RetentionModule);
  const path = '/api/retention/life-cycle';

  beforeAll(() =>
    service.given(
      // A pen that sells more and more from the beginning, and a lamp that comes in the seventh month and is withdrawn.
      ...Array.from({ length: 14 }, (_, index) =>
        Array.from({ length: index + 1 }, (_, buyer) =>
          bought(`user:${index}-${buyer}`, month(index), 'pen'),
        ),
      ).flat(),
      ...[6, 7, 8].map((index) => bought(`user:${index}-0`, month(index), 'lamp')),
      event('product.listed', 'product:lamp', { sku: 'lamp', name: 'Desk lamp' }, on('2024-07-01')),
      event('product.withdrawn', 'product:lamp', { sku: 'lamp' }, on('2024-12-01')),
    ),
  );

  it('lists products, those with the most customers first, page by page', async () => {
    interface Page {
      items: { item: string }[];
      next: string | null;
    }
    const first = await service.get<Page>(`${path}?limit=1`);
    expect(first.body.items).toEqual([
      expect.objectContaining({
        item: 'PEN',
        adopters: 91,
        periods: 13,
        launchSeen: false,
        stage: 'growth',
        basis: 'sales',
        trend: expect.objectContaining({ slope: 2, observations: 12 }),
      }),
    ]);
    const second = await service.get<Page>(`${path}?limit=1&after=${first.body.next}`);
    expect(second.body).toEqual({
      items: [
        expect.objectContaining({
          item: 'LAMP',
          name: 'Desk lamp',
          launchSeen: true,
          stage: 'decline',
          basis: 'listing',
        }),
      ],
      next: null,
    });
  });

  it('shows what it concludes from, as of a day', async () => {
    const { body } = await service.get(`${path}/item?item=lamp&asOf=2024-09-30`);
    expect(body).toMatchObject({
      asOf: '2024-09-30',
      periods: 2,
      stage: null,
      because: expect.stringContaining('Too little data: 2 complete months and 2 adopters'),
      series: [
        { since: 0, period: '2024-07-01', adopters: 1, buyers: 1, units: 2 },
        { since: 1, period: '2024-08-01', adopters: 1 },
      ],
    });
  });

  it('knows categories, at any level', async () => {
    const { body } = await service.get(`${path}/item?level=category&item=Home`);
    expect(body).toMatchObject({ item: 'Home', adopters: 91, stage: 'growth' });
  });

  it.each([
    ['?level=brand', 400],
    ['?after=nonsense', 400],
    [`?after=${Buffer.from('["x","y"]').toString('base64url')}`, 400],
    ['/item', 400],
    ['/item?item=nothing', 404],
  ])('refuses %s with %i', async (query, status) =>
    expect(await service.get(path + query)).toMatchObject({ status }),
  );
});
