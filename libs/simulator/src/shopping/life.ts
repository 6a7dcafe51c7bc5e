import { DAY, eagerness, mostEager, openTime, YEAR } from '../company/calendar.js';
import { browsing, buying, type SalesChannel } from '../company/company.parameters.js';
import type { Shelf } from '../company/shelf.js';
import type { Customer } from '../customers/customer.js';
import { enterCard, openAccount, takeCard } from '../customers/identity.js';
import type { Story } from '../simulation/story.js';
import type { Placed } from './order.js';
import { browse, orderElsewhere, orderOnTheWeb } from './visit.js';

/** What the lives of all customers have in common. */
export interface Company {
  story: Story;
  shelf: Shelf;
  /** Called when somebody has opened an account. */
  opened: (customer: Customer) => void;
}

/** Somebody comes who will buy: looks around first, and orders as long as interest lasts. */
export function live(company: Company, customer: Customer, time: number): void {
  const { random, home } = customer;
  let begins = openTime(home, time, random);
  if (home === 'web') {
    for (let visits = random.poisson(browsing.visitsBefore); visits > 0; visits--) {
      visitAt(company, customer, begins);
      begins = openTime('web', begins + random.exponential(3 * DAY), random);
    }
  }
  orderAt(company, customer, home, begins);
}

/** Somebody looks around once or a few times, and is never known. */
export function passBy(company: Company, customer: Customer, time: number): void {
  const { random } = customer;
  let visit = openTime('web', time, random);
  for (let visits = 1 + random.poisson(browsing.visitsOfStrangers - 1); visits > 0; visits--) {
    visitAt(company, customer, visit);
    visit = openTime('web', visit + random.exponential(6 * DAY), random);
  }
}

const visitAt = ({ story, shelf }: Company, customer: Customer, time: number) =>
  story.at(time, () => browse(story, shelf, customer));

function orderAt(company: Company, customer: Customer, channel: SalesChannel, time: number): void {
  company.story.at(time, () => {
    const wasKnown = customer.user;
    const placed = order(company, customer, channel);
    if (!wasKnown && customer.user) company.opened(customer);
    goOn(company, customer, placed);
  });
}

function order({ story, shelf }: Company, customer: Customer, channel: SalesChannel): Placed {
  if (channel === 'web') return orderOnTheWeb(story, shelf, customer);
  return orderElsewhere(story, shelf, customer, channel, knownAs(story, customer, channel));
}

/** Under which subject the till or the telephone desk sees the customer. */
function knownAs(story: Story, customer: Customer, channel: 'store' | 'phone'): string {
  if (channel === 'phone') {
    return customer.user ?? openAccount(story, customer, story.now, { channel: 'phone' });
  }
  if (customer.card) return customer.card;
  // Whoever pays cash without a card is somebody else each time, as far as the company knows.
  if (!customer.takesCard) return `anonymous:${story.identifier('receipt')}`;
  const card = takeCard(story, customer, story.now);
  enterCard(story, customer);
  return card;
}

/** Drops out, or plans the next order and visits until then. */
function goOn(company: Company, customer: Customer, { time, disappointed }: Placed): void {
  const { random } = customer;
  const dropout = customer.dropout + (disappointed ? buying.disappointment : 0);
  if (random.chance(dropout)) return;
  const wish = nextWish(company.story, customer, time + DAY);
  if (wish === undefined) return;
  const channel = random.chance(buying.elsewhere)
    ? random.oneOf({ web: 5, store: 4, phone: 1 })
    : customer.home;
  const next = openTime(channel, wish, random);
  if (channel === 'web' || customer.home === 'web') {
    for (let visits = random.poisson(browsing.visitsBetween); visits > 0; visits--) {
      const visit = openTime('web', random.between(time + DAY / 2, next), random);
      if (visit < next) visitAt(company, customer, visit);
    }
  }
  orderAt(company, customer, channel, next);
}

/**
 * The next time at which the customer wishes to order: a Poisson process of the customer's rate, thinned by
 * season and campaigns (Lewis and Shedler 1979). Undefined after the end.
 */
function nextWish({ to }: Story, customer: Customer, after: number): number | undefined {
  const { random, rate, hearsOfCampaigns } = customer;
  for (let time = after; ;) {
    time += random.exponential(YEAR / (rate * mostEager));
    if (time >= to) return undefined;
    if (random.chance(eagerness(time, hearsOfCampaigns) / mostEager)) return time;
  }
}
