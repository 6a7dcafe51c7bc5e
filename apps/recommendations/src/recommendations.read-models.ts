import type { ReadModelsDefinition } from '@perennial/read-models';
import { alsoBought, productsView } from './also-bought/also-bought.views.js';
import { Item } from './also-bought/item.aggregate.js';
import { ItemPair } from './also-bought/item-pair.aggregate.js';
import { BasketMonth } from './baskets/basket-month.aggregate.js';
import { baskets } from './baskets/basket.facts.js';
import { products } from './products/product.facts.js';

/** Everything that recommendations know. */
export const recommendations: ReadModelsDefinition = {
  schema: 'recommendations',
  facts: [baskets, products],
  tables: [Item, ItemPair, BasketMonth],
  views: [alsoBought, productsView],
};
