import { catalogue, mapPersonal, personalPaths, type EventName, type JsonObject } from '@perennial/events';
import type { ProjectedEvent } from '@perennial/read-models';
import { event, givenReadModels, merged, ordered, line, subjectIdOf } from '@perennial/testing';
import { interactions } from '../interactions.read-models.js';
import { Moment, timeline } from './timeline.facts.js';

const ann = 'user:ann';
const eur = (amount: string) => ({ amount, currency: 'EUR' });

/** The rows that an event with these data gives. */
function rowsOf(type: EventName, data: JsonObject, namespace = 'user') {
  const projected = {
    type,
    data,
    namespace,
    time: '2026-03-01T12:00:00.000Z',
    eventId: subjectIdOf('event'),
    subjectId: subjectIdOf(ann),
    source: '/test',
    id: '1',
    shard: 0,
    position: 1,
  } as ProjectedEvent;
  return [timeline.on.get(type)?.(projected), timeline.any?.(projected)].filter((row) => row !== undefined);
}

describe('The timeline', () => {
  const { given } = givenReadModels(interactions);

  it('tells an order in words, with what it links to', () =>
    given(
      event('order.placed', ann, {
        orderId: 'A-1',
        total: eur('59.80'),
        channel: 'store',
        lines: [line('lamp'), line('Lamp'), line('desk'), line('POST', { charge: true })],
      }),
    ).thenRows(Moment, [
      {
        subject_id: subjectIdOf(ann),
        at: '2026-03-01T12:00:00+00:00',
        type: 'order.placed',
        channel: 'store',
        order_id: 'A-1',
        summary: 'ordered 2 products for 59.80 EUR',
      },
    ]));

  it('tells a visit with its page, its channel and what brought it', () =>
    given(
      event('page.viewed', ann, { path: '/lights', referrer: 'search.example' }),
      event('screen.viewed', ann, { name: 'Start', campaign: { name: 'spring', source: 'newsletter' } }),
      event('product.viewed', ann, { sku: 'lamp', name: 'Desk lamp' }),
    ).thenRows(Moment, [
      { type: 'page.viewed', channel: 'web', page: '/lights', came_from: 'search.example' },
      { type: 'screen.viewed', channel: 'app', page: 'Start', came_from: 'newsletter' },
      { type: 'product.viewed', channel: null, sku: 'LAMP', summary: 'looked at Desk lamp' },
    ]));

  it.each<[EventName, JsonObject, string]>([
    ['product.list.viewed', { skus: ['a'], category: 'Lights' }, 'looked at 1 product in Lights'],
    ['products.searched', { query: 'x', results: 0 }, 'searched for products and got 0 results'],
    ['products.searched', { query: 'x' }, 'searched for products'],
    ['product.wished', { sku: 'lamp' }, 'put lamp on the wish list'],
    ['product.shared', { sku: 'lamp', via: 'email' }, 'told others of lamp by email'],
    ['product.reviewed', { sku: 'lamp', rating: 4.5, text: 'x' }, 'rated lamp: 4.5 of 5'],
    ['cart.item.added', { sku: 'lamp', quantity: 2 }, 'put 2 × lamp into the cart'],
    ['cart.item.removed', { sku: 'lamp', quantity: 1 }, 'took 1 × lamp out of the cart'],
    ['cart.viewed', {}, 'looked at the cart'],
    ['checkout.started', { total: eur('5.00') }, 'went to the checkout with 5.00 EUR'],
    ['coupon.applied', { code: 'SPRING' }, 'used the coupon SPRING'],
    [
      'order.updated',
      { orderId: 'A', total: eur('1.00'), lines: [line('a')] },
      'changed the order to 1 product for 1.00 EUR',
    ],
    ['order.cancelled', { orderId: 'A', reason: 'changed-mind' }, 'cancelled the order (changed-mind)'],
    ['order.returned', { returnId: 'R', refund: eur('1.00') }, 'returned the order, refund 1.00 EUR'],
    [
      'order.returned',
      { returnId: 'R', refund: eur('1.00'), lines: [{ sku: 'a', quantity: 1 }], reason: 'broken' },
      'returned 1 product, refund 1.00 EUR (broken)',
    ],
    ['shipment.dispatched', { carrier: 'Post' }, 'shipment left the warehouse with Post'],
    ['shipment.delivered', {}, 'shipment arrived'],
    ['shipment.failed', { reason: 'nobody-home' }, 'shipment did not arrive (nobody-home)'],
    ['inquiry.received', { channel: 'phone', topic: 'price', text: 'x' }, 'asked by phone about price'],
    ['customer.registered', {}, 'opened an account'],
    ['profile.updated', { phone: 'x', firstName: 'x' }, 'changed the profile: first name, phone'],
    [
      'consent.changed',
      { purposes: { news: true, ads: false, post: true } },
      'gave consent to news, post; withdrew consent to ads',
    ],
    ['activity.recorded', { name: 'Video Played', properties: {} }, 'Video Played'],
  ])('tells %s %j: %s', (type, data, summary) => {
    expect(rowsOf(type, data)).toEqual([expect.objectContaining({ type, summary })]);
  });

  it('tells types that it does not know yet in the words of their name', () => {
    expect(rowsOf('warranty.registered' as EventName, {})).toEqual([
      expect.objectContaining({ type: 'warranty.registered', summary: 'warranty registered' }),
    ]);
  });

  it('is of customers: neither of products nor of how identifiers were linked', () =>
    given(
      event('product.listed', 'product:lamp', { sku: 'lamp', name: 'Desk lamp' }),
      event('inquiry.received', 'partner:p1', { channel: 'email' }),
      event('identity.linked', ann, { other: 'card:77', evidence: 'login' }),
      merged(ann, 'card:77'),
    ).thenRows(Moment, []));

  it('is one over all identifiers of a customer', () =>
    given(
      event('inquiry.received', 'email:ann', { channel: 'email' }),
      ordered('A-1', ann, 'lamp'),
      merged(ann, 'email:ann'),
    ).thenRows('customer_timeline', [
      { customer_id: subjectIdOf(ann), type: 'inquiry.received', subject_id: subjectIdOf('email:ann') },
      { customer_id: subjectIdOf(ann), type: 'order.placed', subject_id: subjectIdOf(ann) },
    ]));

  const personalTypes = (Object.keys(catalogue) as EventName[]).filter(
    (name) => personalPaths(name).length > 0,
  );
  it.each(personalTypes)('holds nothing personal of %s', (name) => {
    const seen: string[] = [];
    const data = mapPersonal(name, catalogue[name].example, (_, path) => {
      seen.push(path);
      return `canary of ${path}`;
    });
    expect(seen).not.toEqual([]);
    expect(JSON.stringify(rowsOf(name, data))).not.toContain('canary');
  });
});
