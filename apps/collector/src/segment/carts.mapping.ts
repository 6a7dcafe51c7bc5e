import { skuOf, skusOf, type Mapping } from './products.mapping.js';
import type { Properties } from './properties.js';

const item = (properties: Properties) => ({
  cartId: properties.id('cart_id'),
  sku: skuOf(properties),
  quantity: properties.number('quantity') ?? 1,
  price: properties.money('price'),
});

/** Segment's names of what customers do with carts. */
export const carts: Record<string, Mapping> = {
  'Product Added': (properties) => ({ type: 'cart.item.added', data: item(properties) }),
  'Product Removed': (properties) => ({ type: 'cart.item.removed', data: item(properties) }),
  'Cart Viewed': (properties) => ({
    type: 'cart.viewed',
    data: { cartId: properties.id('cart_id'), skus: skusOf(properties) },
  }),
  'Checkout Started': (properties) => ({
    type: 'checkout.started',
    data: {
      cartId: properties.id('cart_id'),
      orderId: properties.id('order_id'),
      total: properties.money('value', 'subtotal', 'revenue', 'total'),
    },
  }),
  'Coupon Applied': (properties) => ({
    type: 'coupon.applied',
    data: {
      code: properties.id('coupon_name', 'coupon_id', 'coupon'),
      cartId: properties.id('cart_id'),
      orderId: properties.id('order_id'),
      discount: properties.money('discount'),
    },
  }),
};
