import type { Money } from '@perennial/events';
import type { Random } from '../chance/random.js';
import type { Story } from '../simulation/story.js';
import { assortment, products, type Category, type Product } from './assortment.js';
import { monthOf } from './calendar.js';
import { priceRise } from './company.parameters.js';

export const euros = (cents: number): Money => ({ amount: (cents / 100).toFixed(2), currency: 'EUR' });

/** Popularity falls with the place in the category, as it does in shops (Zipf). */
const popularity = assortment.map(({ products: all }) => all.map((_, place) => 1 / (place + 1.5) ** 0.8));

/** What is on sale now, and at what price. */
export class Shelf {
  readonly #prices = new Map<string, number>();
  readonly #months = Array.from({ length: 13 }, (_, month) => assortment.map(seasonOf(month)));

  constructor(private readonly story: Story) {
    for (const product of products) this.#plan(product);
  }

  isOnSale(sku: string): boolean {
    return this.#prices.has(sku);
  }

  /** In cents; throws for what is not on sale. */
  priceOf(sku: string): number {
    const price = this.#prices.get(sku);
    if (price === undefined) throw new RangeError(`${sku} is not on sale.`);
    return price;
  }

  /** Something that is on sale and to a taste (a weight by category), more often what the season asks for. */
  choose(taste: readonly number[], random: Random): Product {
    const season = this.#months[monthOf(this.story.now)]!;
    const weights = taste.map((weight, index) => weight * season[index]!);
    for (;;) {
      const index = random.weighted(weights);
      const product = assortment[index]!.products[random.weighted(popularity[index]!)]!;
      if (this.isOnSale(product.sku)) return product;
    }
  }

  #plan(product: Product): void {
    const { story } = this;
    const { sku, name, comesAt = 0, goesAt } = product;
    const list = (time: number, price: number) => {
      this.#prices.set(sku, price);
      story.tell(time, 'product.listed', `product:${sku}`, {
        sku,
        name,
        category: product.category,
        brand: 'Fernwood',
        price: euros(price),
        releasedAt: new Date(Math.floor(story.part(comesAt))).toISOString(),
      });
    };
    if (comesAt === 0) list(story.from, product.price);
    else story.at(story.part(comesAt), (time) => list(time, product.price));
    // Drawn for every product, so that one more product does not change the others' luck.
    const rises = story.random.chance(priceRise.share);
    if (rises) story.at(story.part(0.5), (time) => this.isOnSale(sku) && list(time, raised(product.price)));
    if (goesAt) {
      story.at(story.part(goesAt), (time) => {
        this.#prices.delete(sku);
        story.tell(time, 'product.withdrawn', `product:${sku}`, { sku, reason: 'sold-out' });
      });
    }
  }
}

/** Prices end in ten cents. */
const raised = (price: number) => Math.round((price * priceRise.factor) / 10) * 10;

const seasonOf =
  (month: number) =>
  ({ season }: Category) =>
    season?.months.includes(month) ? season.factor : 1;
