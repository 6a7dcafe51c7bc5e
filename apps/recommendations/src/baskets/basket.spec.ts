import {
  event,
  givenReadModels,
  subjectIdOf,
  cancelled,
  changed,
  line,
  ordered,
  returned,
} from '@perennial/testing';
import { recommendations } from '../recommendations.read-models.js';
import { BasketMonth } from './basket-month.aggregate.js';
import { Basket } from './basket.facts.js';

const [ann, bob] = ['user:ann', 'user:bob'];

describe('A basket', () => {
  const { given } = givenReadModels(recommendations);

  it('holds each product once, by its code in capitals', () =>
    given(ordered('A-1', ann, '85123a', 'lamp', '85123A')).thenRows(Basket, [
      { subject_id: subjectIdOf(ann), order_id: 'A-1', skus: ['85123A', 'LAMP'] },
    ]));

  it('holds no postage, fees or vouchers', () =>
    given(ordered('A-1', ann, 'lamp', line('POST', { charge: true }))).thenRows(Basket, [
      { skus: ['LAMP'] },
    ]));

  it('holds the first fifty products of a large order', () =>
    given(ordered('A-1', ann, ...Array.from({ length: 60 }, (_, index) => `p${index}`))).thenRows(Basket, [
      { skus: Array.from({ length: 50 }, (_, index) => `P${index}`) },
    ]));

  it('holds what the order was changed to', () =>
    given(ordered('A-1', ann, 'lamp', 'desk'), changed('A-1', ann, 'pen')).thenRows(Basket, [
      { placed_at: '2026-03-01T12:00:00+00:00', skus: ['PEN'] },
    ]));

  it('is one, though two systems report the order', () =>
    given(
      ordered('A-1', ann, 'lamp'),
      event('order.placed', ann, ordered('A-1', ann, 'lamp').data, { source: '/erp' }),
    ).thenRows(BasketMonth, [{ month: '2026-03-01', baskets: 1, products: 1 }]));

  it('does not count when the order was cancelled', () =>
    given(ordered('A-1', ann, 'lamp'), cancelled('A-1', ann), ordered('B-1', bob, 'pen')).thenRows(
      BasketMonth,
      [{ baskets: 1, products: 1 }],
    ));

  it('does not count when all of it came back', () =>
    given(ordered('A-1', ann, 'lamp'), returned('A-1', ann)).thenNoRow(BasketMonth));

  it('counts when a part of it came back, or something of an unknown order', () =>
    given(
      ordered('A-1', ann, 'lamp', 'desk'),
      returned('A-1', ann, [{ sku: 'lamp', quantity: 1 }]),
      returned(undefined, ann),
    ).thenRows(BasketMonth, [{ baskets: 1, products: 2 }]));

  it('does not count when nothing in it is a product', () =>
    given(ordered('A-1', ann, line('POST', { charge: true }))).thenNoRow(BasketMonth));
});
