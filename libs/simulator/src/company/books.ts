import type { Money } from '@perennial/events';
import type { Random } from '../chance/random.js';
import type { Story } from '../simulation/story.js';
import { products, type Product } from './assortment.js';
import { monthsLater } from './calendar.js';
import { books } from './company.parameters.js';

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const money = (cents: number, currency: string): Money => ({ amount: (cents / 100).toFixed(2), currency });

/** Tells what the company's accounts know: the currency they are kept in, what products cost, what the dollar is worth. */
export function keepBooks(story: Story, random: Random): void {
  story.tell(story.from, 'reporting.currency.set', 'setting:reporting-currency', { currency: 'EUR' });
  publishRates(story, random);
  for (const product of products) stateCosts(story, product, random);
}

/** Month by month, as a central bank does: dollars for one euro. */
function publishRates(story: Story, random: Random): void {
  let rate: number = books.dollarsForEuro;
  for (let month = 0; ; month++) {
    const time = monthsLater(story.from, month);
    if (time >= story.to) return;
    story.tell(time, 'exchange.rate.published', 'currency:EUR', {
      base: 'EUR',
      quote: 'USD',
      rate: rate.toFixed(4),
      day: dayOf(time),
      provider: 'Central Bank',
    });
    rate *= 1 + books.monthlyMove * random.normal();
  }
}

/** What one piece costs from its coming on; some are bought in dollars, and some become dearer. */
function stateCosts(story: Story, { sku, price, comesAt = 0 }: Product, random: Random): void {
  const cents = price * random.between(...books.costShare);
  const imported = random.chance(books.imported);
  const rises = random.chance(books.costRise.share);
  const state = (time: number, cost: number) =>
    story.tell(time, 'product.cost.stated', `product:${sku}`, {
      sku,
      cost: imported ? money(cost * books.dollarsForEuro, 'USD') : money(cost, 'EUR'),
    });
  state(story.part(comesAt), cents);
  if (rises) state(story.part(books.costRise.at), cents * books.costRise.factor);
}
