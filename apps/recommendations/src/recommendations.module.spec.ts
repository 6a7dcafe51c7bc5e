import { event, line, ordered, serviceUnderTest } from '@perennial/testing';
import { RecommendationsModule } from './recommendations.module.js';

const [ann, bob, cid] = ['user:ann', 'user:bob', 'user:cid'];
const products = '/api/recommendations/products';

interface Products {
  items: { sku: string }[];
  next: string | null;
}

describe('Recommendations over HTTP', () => {
  const service = serviceUnderTest(RecommendationsModule);

  beforeAll(() =>
    service.given(
      event('product.listed', 'product:lamp', {
        sku: 'lamp',
        name: 'Desk lamp',
        price: { amount: '29.90', currency: 'EUR' },
      }),
      ordered('A-1', ann, 'lamp', line('bulb', { name: 'Light bulb' }), 'candle'),
      ordered('B-1', bob, 'lamp', 'bulb', 'candle'),
      ordered('C-1', cid, 'pen'),
      ordered('C-2', cid, 'pen'),
      event('product.withdrawn', 'product:candle', { sku: 'candle' }),
      event('order.placed', cid, ordered('C-2', cid, 'pen').data, {
        time: '2026-03-05T12:00:00.000Z',
        source: '/erp',
      }),
      event(
        'order.placed',
        cid,
        { ...ordered('C-3', cid, 'pen').data },
        { time: '2026-04-01T12:00:00.000Z' },
      ),
    ),
  );

  it('tell what is also bought and on sale, with the reason', async () => {
    const { status, body } = await service.get(`${products}/Lamp/also-bought`);
    expect(status).toBe(200);
    // 5 orders; lamp in 2, bulb in 2, both in 2: 2 * 5 / (2 * 2)
    expect(body).toEqual({
      sku: 'LAMP',
      name: 'Desk lamp',
      items: [
        {
          sku: 'BULB',
          name: 'Light bulb',
          basketsTogether: 2,
          baskets: 2,
          lift: 2.5,
          score: expect.closeTo(2 / 12, 10),
          reason: 'bought together in 2 orders; 2.5 times as often as chance',
        },
      ],
    });
  });

  it('list products, those bought most first, page by page', async () => {
    const { body } = await service.get<Products>(`${products}?limit=2`);
    expect(body.items.map(({ sku }) => sku)).toEqual(['PEN', 'BULB']);
    const rest = await service.get<Products>(`${products}?limit=2&after=${body.next}`);
    expect(rest.body).toMatchObject({
      items: [{ sku: 'CANDLE', onSale: false }, { sku: 'LAMP' }],
      next: null,
    });
  });

  it('find products by a part of their name', async () => {
    const { body } = await service.get(`${products}?search=DESK`);
    expect(body).toEqual({
      items: [
        expect.objectContaining({ sku: 'LAMP', code: 'lamp', name: 'Desk lamp', price: '29.90', baskets: 2 }),
      ],
      next: null,
    });
    expect((await service.get(`${products}/lamp`)).body).toMatchObject({ sku: 'LAMP', currency: 'EUR' });
  });

  it('find what is spelt with more than ASCII, and read a product that was only sold', async () => {
    await service.given(event('product.listed', 'product:bench', { sku: 'bench', name: 'ÖLLAMPE' }));
    expect((await service.get(`${products}?search=${encodeURIComponent('öl')}`)).body).toMatchObject({
      items: [{ sku: 'BENCH', name: 'ÖLLAMPE', baskets: 0 }],
    });
    expect((await service.get(`${products}/bulb`)).body).toMatchObject({
      name: 'Light bulb',
      onSale: true,
      baskets: 2,
    });
    expect((await service.get(`${products}/pen`)).body).toMatchObject({
      name: 'PEN',
      onSale: true,
      baskets: 3,
    });
  });

  it('tell what a customer has bought', async () => {
    const { body } = await service.get(`/api/recommendations/customers/${service.subjectIdOf(cid)}/history`);
    expect(body).toEqual([
      {
        sku: 'PEN',
        name: 'PEN',
        orders: 3,
        firstBoughtAt: '2026-03-01T12:00:00.000Z',
        lastBoughtAt: '2026-04-01T12:00:00.000Z',
      },
    ]);
  });

  it.each([
    ['products/nothing/also-bought', 404, 'unknown-product'],
    ['products/nothing', 404, 'unknown-product'],
    ['products/lamp%00/also-bought', 400, 'invalid-request'],
    ['products/lamp/also-bought?limit=0', 400, 'invalid-request'],
    ['products?search=%00', 400, 'invalid-request'],
    [`products?after=${Buffer.from('["x",1]').toString('base64url')}`, 400, 'invalid-cursor'],
    ['customers/00000000-0000-0000-0000-000000000000/history', 404, 'unknown-customer'],
  ])('refuse %s with %i %s', async (path, status, code) => {
    expect(await service.get(`/api/recommendations/${path}`)).toMatchObject({
      status,
      body: { status, code },
    });
  });
});
