import { randomUUID } from 'node:crypto';
import { readEvent, type JsonObject } from '@perennial/events';
import { segmentArrival } from './segment.mapping.js';

const receivedAt = new Date('2026-03-01T12:00:00.000Z');
const context = {
  source: '/segment/shop',
  receivedAt,
  subjectIdOf: (text: string) => `id of ${text}`,
  newId: randomUUID,
};
const arrive = (kind: string, message: JsonObject) =>
  segmentArrival({ messageId: 'm-1', userId: '42', ...message }, kind, context);
const claimsOf = (kind: string, message: JsonObject) => arrive(kind, message).claims as JsonObject[];
const track = (event: string, properties?: JsonObject, message: JsonObject = {}) =>
  claimsOf('track', { event, properties, ...message })[0] ?? {};
/** As it would be stored: what is undefined is absent. */
const stored = (claim: JsonObject) => JSON.parse(JSON.stringify(claim)) as { type: string; data: JsonObject };
const eur = (amount: string) => ({ amount, currency: 'EUR' });

describe('the e-commerce specification', () => {
  const lamp = {
    product_id: 'P-1',
    sku: 'lamp',
    name: 'Desk lamp',
    brand: 'Lux',
    category: 'Lights',
    price: 29.9,
    quantity: 2,
  };

  const names: [string, JsonObject, string, JsonObject][] = [
    ['Products Searched', { query: 'desk lamp' }, 'products.searched', { query: 'desk lamp' }],
    [
      'Product List Viewed',
      { list_id: 'hot', category: 'Lights', products: [lamp, { product_id: 7 }] },
      'product.list.viewed',
      { list: 'hot', category: 'Lights', skus: ['lamp', '7'] },
    ],
    ...['Product Viewed', 'Product Clicked'].map((name): [string, JsonObject, string, JsonObject] => [
      name,
      { ...lamp, currency: 'eur' },
      'product.viewed',
      { sku: 'lamp', name: 'Desk lamp', category: 'Lights', brand: 'Lux', price: eur('29.9') },
    ]),
    [
      'Product Added',
      { ...lamp, cart_id: 'C-1', currency: 'EUR' },
      'cart.item.added',
      { cartId: 'C-1', sku: 'lamp', quantity: 2, price: eur('29.9') },
    ],
    [
      'Product Removed',
      { productId: 'P-1', cartId: 'C-1' },
      'cart.item.removed',
      { cartId: 'C-1', sku: 'P-1', quantity: 1 },
    ],
    ['Cart Viewed', { cart_id: 'C-1', products: [lamp] }, 'cart.viewed', { cartId: 'C-1', skus: ['lamp'] }],
    [
      'Checkout Started',
      { order_id: 'O-1', value: '20.00', currency: 'EUR' },
      'checkout.started',
      { orderId: 'O-1', total: eur('20.00') },
    ],
    [
      'Coupon Applied',
      { coupon_name: 'SPRING', order_id: 'O-1', cart_id: 'C-1', discount: 5, currency: 'EUR' },
      'coupon.applied',
      { code: 'SPRING', orderId: 'O-1', cartId: 'C-1', discount: eur('5') },
    ],
    ['Product Added to Wishlist', lamp, 'product.wished', { sku: 'lamp' }],
    ['Product Shared', { ...lamp, share_via: 'email' }, 'product.shared', { sku: 'lamp', via: 'email' }],
    [
      'Product Reviewed',
      { product_id: 'P-1', rating: '4.5', review_body: 'Bright.' },
      'product.reviewed',
      { sku: 'P-1', rating: 4.5, text: 'Bright.' },
    ],
    ...['Order Completed', 'Completed Order'].map((name): [string, JsonObject, string, JsonObject] => [
      name,
      {
        order_id: 'O-1',
        subtotal: 22.5,
        total: 27.5,
        revenue: 25,
        shipping: 3,
        tax: 2,
        discount: 2.5,
        coupon: 'hasbros',
        currency: 'EUR',
        products: [lamp],
      },
      'order.placed',
      {
        orderId: 'O-1',
        total: eur('22.5'),
        discount: eur('2.5'),
        shipping: eur('3'),
        tax: eur('2'),
        coupon: 'hasbros',
        lines: [
          {
            sku: 'lamp',
            name: 'Desk lamp',
            brand: 'Lux',
            category: 'Lights',
            quantity: 2,
            price: eur('29.9'),
          },
        ],
      },
    ]),
    [
      'Order Updated',
      { order_id: 'O-1', total: 10, currency: 'EUR', products: [{ sku: 'pen', price: '10' }] },
      'order.updated',
      { orderId: 'O-1', total: eur('10'), lines: [{ sku: 'pen', quantity: 1, price: eur('10') }] },
    ],
    ['Order Cancelled', { order_id: 'O-1', total: 10 }, 'order.cancelled', { orderId: 'O-1' }],
    [
      'Order Refunded',
      {
        order_id: 'O-1',
        total: 29.9,
        currency: 'EUR',
        products: [{ sku: 'lamp', quantity: 1, price: 29.9 }],
      },
      'order.returned',
      {
        returnId: 'm-1',
        orderId: 'O-1',
        refund: eur('29.9'),
        lines: [{ sku: 'lamp', quantity: 1, price: eur('29.9') }],
      },
    ],
  ];

  it.each(names)('%s', (name, properties, type, data) => {
    const claim = track(name, properties);
    expect(readEvent(claim, receivedAt).rejection).toBeUndefined();
    expect(stored(claim)).toMatchObject({ type, data });
    expect(stored(claim).data).toEqual(data);
  });

  it.each(['order completed', 'order_completed', ' ORDER-COMPLETED '])('%j is Order Completed too', (name) =>
    expect(track(name, {}).type).toBe('order.placed'),
  );

  it.each([
    [{ subtotal: '9.99', total: 15 }, '9.99'],
    [{ total: 27.5, shipping: 3, tax: '2' }, '22.5'],
    [{ total: 0.3, tax: 0.1 }, '0.2'],
    [{ revenue: 25 }, '25'],
    [
      {
        products: [
          { sku: 'a', price: 1.1, quantity: 3 },
          { sku: 'b', price: 0.7 },
        ],
        discount: 1,
      },
      '3',
    ],
    [{}, '0'],
  ])('an order of %j comes to %s', (properties, amount) =>
    expect(stored(track('Order Completed', { order_id: 'O', ...properties })).data.total).toEqual({
      amount,
      currency: 'USD',
    }),
  );

  it('an order whose products are not told is no product', () =>
    expect(stored(track('Order Completed', { order_id: 'O', total: 10 })).data.lines).toEqual([
      { sku: 'order', quantity: 1, price: { amount: '10', currency: 'USD' }, charge: true },
    ]));

  it('a refund without products is of the whole order, and comes once', () =>
    expect(stored(track('Order Refunded', { order_id: 'O', total: 10 })).data).toEqual({
      returnId: 'O:refund',
      orderId: 'O',
      refund: { amount: '10', currency: 'USD' },
    }));

  it('a refund without an amount leaves nothing of the order', () =>
    expect(stored(track('Order Refunded', { order_id: 'O' }))).toMatchObject({
      type: 'order.cancelled',
      data: { orderId: 'O', reason: 'refunded' },
    }));

  it('an amount that is none is refused by the schema, not guessed', () => {
    const claim = track('Order Completed', { order_id: 'O', total: 'ten', products: [] });
    expect(readEvent(claim, receivedAt).rejection?.code).toBeDefined();
  });

  it('any other event is an activity with all its properties', () =>
    expect(stored(track('Video Played', { video: 'mount', seconds: 48 }))).toMatchObject({
      type: 'activity.recorded',
      data: { name: 'Video Played', properties: { video: 'mount', seconds: 48 } },
    }));
});

describe('who it is', () => {
  it('a user id makes a user, numbers too; an anonymous id an anonymous one', () => {
    expect(track('x', {}, { userId: 42 }).subject).toBe('user:42');
    expect(track('x', {}, { userId: null, anonymousId: 'a-1' }).subject).toBe('anonymous:a-1');
    expect(claimsOf('track', { event: 'x', anonymousId: null })).toHaveLength(1);
  });

  it('both are one customer, which is one fact however often it is said', () => {
    const [event, link] = claimsOf('track', { event: 'x', anonymousId: 'a-1' });
    expect(event?.subject).toBe('user:42');
    expect(link).toMatchObject({
      subject: 'anonymous:a-1',
      type: 'identity.linked',
      data: { other: 'user:42', evidence: 'login' },
    });
    const [, again] = claimsOf('page', { messageId: 'm-2', anonymousId: 'a-1', name: 'Home' });
    expect(again?.id).toBe(link?.id);
    expect(String(link?.id)).not.toContain('a-1');
  });

  it.each([{ userId: null }, { userId: '' }, { userId: undefined, anonymousId: null }])(
    '%j is nobody',
    (ids) =>
      expect(arrive('track', { event: 'x', ...ids }).refusal).toMatchObject({ code: 'missing-attribute' }),
  );

  it('an alias links what the customer was called before', () => {
    expect(claimsOf('alias', { previousId: 'old' })).toMatchObject([
      { subject: 'user:old', type: 'identity.linked', data: { other: 'user:42', evidence: 'alias' } },
    ]);
    const anonymous = randomUUID();
    expect(claimsOf('alias', { previousId: anonymous })).toMatchObject([
      { subject: `anonymous:${anonymous}` },
    ]);
    expect(arrive('alias', {}).refusal).toMatchObject({ path: 'previousId' });
  });
});

describe('when it was', () => {
  const timeOf = (message: JsonObject) => track('x', {}, message).time;

  it('is by our clock, even if the device is an hour ahead', () =>
    expect(
      timeOf({ originalTimestamp: '2026-03-01T12:59:30.000Z', sentAt: '2026-03-01T13:00:00.000Z' }),
    ).toBe('2026-03-01T11:59:30.000Z'));

  it.each([
    [{ timestamp: '2026-02-01T08:00:00Z' }, '2026-02-01T08:00:00.000Z'],
    [{ timestamp: '2026-02-01T08:00:00.123456+01:00' }, '2026-02-01T07:00:00.123Z'],
    [{ timestamp: '2026-02-01T08:00:00' }, '2026-02-01T08:00:00.000Z'],
    [{ timestamp: 1769904000000 }, '2026-02-01T00:00:00.000Z'],
    [{}, '2026-03-01T12:00:00.000Z'],
    [{ timestamp: null, originalTimestamp: null }, '2026-03-01T12:00:00.000Z'],
    [
      {
        timestamp: '2026-02-01T08:00:00Z',
        sentAt: '2026-02-01T08:00:05Z',
        receivedAt: '2026-02-01T08:00:06Z',
      },
      '2026-02-01T08:00:01.000Z',
    ],
  ])('%j is %s', (message, time) => expect(timeOf(message)).toBe(time));

  it('a time that is none is refused', () =>
    expect(arrive('track', { event: 'x', timestamp: 'yesterday' }).refusal).toMatchObject({
      code: 'invalid-time',
    }));
});

describe('a message without an id', () => {
  const idOf = (message: JsonObject) => track('x', {}, { messageId: undefined, ...message }).id;

  it('is the same when it says the same at the same time', () => {
    const timestamp = '2026-02-01T08:00:00Z';
    expect(idOf({ timestamp, sentAt: '2026-02-01T08:00:01Z' })).toBe(
      idOf({ timestamp, sentAt: '2026-02-01T09:00:00Z' }),
    );
    expect(idOf({ timestamp })).not.toBe(idOf({ timestamp, userId: '43' }));
  });

  it('and without a time is never the same', () => expect(idOf({})).not.toBe(idOf({})));
});

describe('identify', () => {
  const profile = (message: JsonObject) => stored(claimsOf('identify', message)[0] ?? {}).data;

  it.each([
    { firstName: 'Ann', lastName: 'Lee', email: 'ann@example.org' },
    { first_name: 'Ann', last_name: 'Lee', email: ' ann@example.org ' },
  ])('takes traits in either case: %j', (traits) =>
    expect(profile({ traits })).toEqual({ firstName: 'Ann', lastName: 'Lee', email: 'ann@example.org' }),
  );

  it('takes what libraries put into the context', () =>
    expect(profile({ context: { traits: { phone: 436641 }, locale: 'de-AT' } })).toEqual({
      phone: '436641',
      language: 'de-AT',
    }));

  it('takes addresses, companies and birthdays as they come', () =>
    expect(
      profile({
        traits: {
          address: { street: 'Hill Road 5', postalCode: 8010, state: 'Styria', city: 'Graz', country: 'AT' },
          company: { name: 'Lux', employees: 5 },
          birthday: '1990-05-17T00:00:00.000Z',
        },
      }),
    ).toEqual({
      address: { street: 'Hill Road 5', postalCode: '8010', region: 'Styria', city: 'Graz', country: 'AT' },
      company: 'Lux',
      birthday: '1990-05-17',
      traits: { company: { name: 'Lux', employees: 5 } },
    }));

  it('keeps what has no field, or is not what its field takes', () =>
    expect(profile({ traits: { email: 'none', birthday: '1990-02-31', plan: 'gold', age: null } })).toEqual({
      traits: { email: 'none', birthday: '1990-02-31', plan: 'gold' },
    }));
});

describe('pages and screens', () => {
  const page = (message: JsonObject) => stored(claimsOf('page', message)[0] ?? {}).data;

  it('have a path without query, and the host that led there', () =>
    expect(
      page({
        properties: { path: '/lights?mail=ann@example.org', title: 'Lights' },
        context: {
          page: { url: 'https://shop.example/lights?x', referrer: 'https://search.example/?q=ann' },
          campaign: { name: 'spring', source: 'news', medium: 'email', id: 7, term: null },
        },
      }),
    ).toEqual({
      path: '/lights',
      title: 'Lights',
      channel: 'web',
      campaign: { name: 'spring', source: 'news', medium: 'email' },
      referrer: 'search.example',
    }));

  it('of the same site led nobody there', () =>
    expect(
      page({
        name: 'Home',
        context: { page: { url: 'https://a.example/b', referrer: 'https://a.example/' } },
      }),
    ).toEqual({
      path: '/b',
      title: 'Home',
      channel: 'web',
    }));

  it('do not name people in their path', () =>
    expect(page({ properties: { url: 'https://a.example/u/ann@example.org/orders' } }).path).toBe(
      '/u/…/orders',
    ));

  it('screens have a name', () =>
    expect(stored(claimsOf('screen', { name: 'Wish list' })[0] ?? {})).toMatchObject({
      type: 'screen.viewed',
      data: { name: 'Wish list', channel: 'app' },
    }));
});

it('consent is taken with every call that tells it', () =>
  expect(
    claimsOf('track', {
      event: 'x',
      context: { consent: { categoryPreferences: { ads: true, stats: false, odd: 'x' } } },
    }),
  ).toMatchObject([
    {},
    {
      id: 'm-1:consent',
      subject: 'user:42',
      type: 'consent.changed',
      data: { purposes: { ads: true, stats: false } },
    },
  ]));

it('a group is an activity', () =>
  expect(claimsOf('group', { groupId: 'g-1', traits: { plan: 'gold' } })).toMatchObject([
    {
      type: 'activity.recorded',
      data: { name: 'Group', properties: { groupId: 'g-1', traits: { plan: 'gold' } } },
    },
  ]));

it.each([undefined, 'delete', 7])('%j is no kind of call', (kind) =>
  expect(segmentArrival({ userId: '1' }, kind, context).refusal).toMatchObject({ path: 'type' }),
);
