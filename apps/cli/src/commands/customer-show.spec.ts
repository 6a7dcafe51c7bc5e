import { ordersOnce } from './customer-show.command.js';

const entry = (source: string, orderId: string | null, type = 'order.placed') => ({
  at: '2026-01-02T03:04:05.000Z',
  type,
  summary: `${type} ${orderId}`,
  channel: null,
  source,
  orderId,
});

describe("A customer's story", () => {
  it('lists an order once, however many systems told of it, and says which', () => {
    const story = [
      entry('/shop', 'A-1'),
      entry('/erp', 'A-1'),
      entry('/till', 'A-1'),
      entry('/shop', 'A-2'),
      entry('/shop', null, 'page.viewed'),
      entry('/shop', null, 'page.viewed'),
    ];
    expect(ordersOnce(story)).toEqual([
      { ...entry('/shop', 'A-1'), alsoToldBy: ['/erp', '/till'] },
      ...story.slice(3),
    ]);
  });

  it('lists each return and each change of an order', () => {
    const story = [
      entry('/shop', 'A-1'),
      entry('/shop', 'A-1', 'order.returned'),
      entry('/shop', 'A-1', 'order.returned'),
    ];
    expect(ordersOnce(story)).toEqual(story);
  });
});
