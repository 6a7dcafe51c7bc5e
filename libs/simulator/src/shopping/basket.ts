import type { EventData, Money } from '@perennial/events';
import { boughtTogether, products, type Product } from '../company/assortment.js';
import { buying } from '../company/company.parameters.js';
import { euros, type Shelf } from '../company/shelf.js';
import type { Customer } from '../customers/customer.js';

export interface Line {
  product: Product;
  quantity: number;
  /** Of one piece, in cents. */
  price: number;
}

const bySku = new Map(products.map((product) => [product.sku, product]));
const companions = Map.groupBy(boughtTogether, ({ product }) => product);

/** In cents. */
export const worth = (lines: readonly Line[]): number =>
  lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0);

/** What somebody puts into the cart: to taste and season, refills, and what goes with the rest. At least a line. */
export function fillBasket(shelf: Shelf, customer: Customer): Line[] {
  const { random, basket } = customer;
  const target = random.gamma(buying.basket.shape, basket);
  const lines: Line[] = [];
  const put = (product: Product) => {
    if (lines.length >= buying.maxLines || !shelf.isOnSale(product.sku)) return;
    if (lines.some((line) => line.product === product)) return;
    lines.push({ product, quantity: quantityOf(product, customer), price: shelf.priceOf(product.sku) });
    for (const companion of companions.get(product.sku) ?? []) {
      if (random.chance(companion.probability)) put(bySku.get(companion.with)!);
    }
  };
  // Bounded: a taste of few products may have nothing new to put in.
  for (let tries = 0; tries < 30 && (lines.length === 0 || worth(lines) < target * 0.75); tries++) {
    put(chooseProduct(shelf, customer));
  }
  return lines;
}

/** Remembers what is owned now, and what will be used up. */
export function keep(customer: Customer, lines: readonly Line[]): void {
  for (const { product } of lines) {
    if (product.use === 'lasting') customer.owned.add(product.sku);
    if (product.use === 'used-up' && !customer.refills.includes(product.sku))
      customer.refills.push(product.sku);
  }
}

export const linesOf = (lines: readonly Line[]): EventData<'order.placed'>['lines'] =>
  lines.map(({ product, quantity, price }) => ({
    sku: product.sku,
    name: product.name,
    category: product.category,
    quantity,
    price: euros(price),
  }));

export const totalOf = (lines: readonly Line[], discount = 0): Money => euros(worth(lines) - discount);

function chooseProduct(shelf: Shelf, customer: Customer): Product {
  const { random, refills, owned, taste } = customer;
  if (refills.length > 0 && random.chance(buying.refills)) return bySku.get(random.pick(refills))!;
  let product = shelf.choose(taste, random);
  for (let tries = 0; tries < 5 && owned.has(product.sku); tries++) product = shelf.choose(taste, random);
  return product;
}

function quantityOf({ use }: Product, { random, business }: Customer): number {
  const usual =
    use === 'in-pieces' ? random.pick([2, 4, 4, 6, 6]) : use === 'used-up' ? 1 + random.poisson(0.35) : 1;
  return business ? usual * random.integer(1, buying.businessQuantity) : usual;
}
