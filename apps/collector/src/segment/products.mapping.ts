import type { JsonObject } from '@perennial/events';
import type { Properties } from './properties.js';
import type { Said, SegmentCall } from './segment-call.js';
import { touchOf } from './touch.mapping.js';

export type Mapping = (properties: Properties, call: SegmentCall) => Said;

/** Product code: what is stocked and sold, else what the shop calls the product. */
export const skuOf = (product: Properties): string | undefined => product.id('sku', 'product_id');

export const skusOf = (properties: Properties): string[] =>
  properties.list('products').flatMap((product) => skuOf(product) ?? []);

/** Name, category and brand as they were shown. */
export const namesOf = (product: Properties): JsonObject => ({
  name: product.text(500, 'name'),
  category: product.text(500, 'category'),
  brand: product.text(200, 'brand'),
});

const viewed: Mapping = (properties, call) => ({
  type: 'product.viewed',
  data: {
    sku: skuOf(properties),
    ...namesOf(properties),
    price: properties.money('price'),
    ...touchOf(call),
  },
});

/** Segment's names of what customers do with products. */
export const products: Record<string, Mapping> = {
  'Products Searched': (properties, call) => ({
    type: 'products.searched',
    data: { query: properties.id('query'), ...touchOf(call) },
  }),
  'Product List Viewed': (properties, call) => ({
    type: 'product.list.viewed',
    data: {
      list: properties.text(200, 'list_id'),
      category: properties.text(500, 'category'),
      skus: skusOf(properties),
      ...touchOf(call),
    },
  }),
  'Product Viewed': viewed,
  'Product Clicked': viewed,
  'Product Added to Wishlist': (properties, call) => ({
    type: 'product.wished',
    data: { sku: skuOf(properties), ...touchOf(call) },
  }),
  'Product Shared': (properties) => ({
    type: 'product.shared',
    data: { sku: skuOf(properties), via: properties.text(200, 'share_via') },
  }),
  'Product Reviewed': (properties) => ({
    type: 'product.reviewed',
    data: {
      sku: skuOf(properties),
      rating: properties.number('rating'),
      text: properties.id('review_body'),
    },
  }),
};
