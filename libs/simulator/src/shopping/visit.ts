import type { EventData } from '@perennial/events';
import { campaignOn, MINUTE, SECOND } from '../company/calendar.js';
import {
  browsing,
  buying,
  couponUse,
  identity,
  origins,
  type Origin,
} from '../company/company.parameters.js';
import { euros, type Shelf } from '../company/shelf.js';
import { skuOf, type Product } from '../company/assortment.js';
import { link, openAccount, orderAsGuest, recognise, enterCard } from '../customers/identity.js';
import type { Customer, Device } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';
import { fillBasket, worth, type Line } from './basket.js';
import { placeOrder, type Placed } from './order.js';

type Touch = Pick<EventData<'page.viewed'>, 'channel' | 'campaign' | 'referrer'>;

/** Somebody on the web site: who it seems to be, and the time that goes by from click to click. */
interface Visit {
  story: Story;
  shelf: Shelf;
  customer: Customer;
  device: Device;
  subject: string;
  time: number;
  touch: Touch;
}

/** A visit that ends without an order; perhaps with something left in the cart. */
export function browse(story: Story, shelf: Shelf, customer: Customer): void {
  const visit = arrive(story, shelf, customer, false);
  const { random } = customer;
  if (customer.user && visit.subject !== customer.user && random.chance(identity.logsIn))
    logIn(visit, customer.user);
  const seen = lookAround(visit);
  if (!random.chance(browsing.abandonedCarts)) return;
  const lines = seen.map((product) => ({ product, quantity: 1, price: shelf.priceOf(product.sku) }));
  const cartId = fillCart(visit, lines);
  if (random.chance(0.35)) {
    story.tell(click(visit), 'checkout.started', visit.subject, { cartId, total: euros(worth(lines)) });
  }
}

/** A visit that ends with an order. */
export function orderOnTheWeb(story: Story, shelf: Shelf, customer: Customer): Placed {
  const visit = arrive(story, shelf, customer, true);
  const lines = fillBasket(shelf, customer);
  lookAround(
    visit,
    lines.slice(0, 3).map(({ product }) => product),
  );
  const cartId = fillCart(visit, lines);
  const owner = signIn(visit);
  story.tell(click(visit), 'checkout.started', visit.subject, { cartId, total: euros(worth(lines)) });
  const coupon = couponFor(visit, lines);
  if (coupon) {
    const { code, discount } = coupon;
    story.tell(click(visit), 'coupon.applied', visit.subject, { code, cartId, discount: euros(discount) });
  }
  return placeOrder(story, customer, {
    time: click(visit),
    subject: owner,
    channel: 'web',
    lines,
    touch: visit.touch,
    ...(coupon && { coupon }),
  });
}

/** How somebody who came the first time in this way comes to the site. */
export function touchOf({ origin, random }: Customer): Touch {
  const { referrers, campaign }: Origin = origins[origin];
  return {
    channel: origin,
    ...(campaign && { campaign }),
    ...(referrers && { referrer: random.pick(referrers) }),
  };
}

function arrive(story: Story, shelf: Shelf, customer: Customer, toBuy: boolean): Visit {
  const { random, devices } = customer;
  const device = devices[0]!.linkedTo ? random.pick(devices) : devices[0]!;
  const stays = customer.user && device.linkedTo === customer.user && random.chance(identity.staysLoggedIn);
  const isNew = !customer.user && !customer.guest && !customer.card;
  const touch = isNew ? touchOf(customer) : touchAgain(customer, story.now);
  const visit: Visit = {
    story,
    shelf,
    customer,
    device,
    subject: stays ? customer.user! : device.subject,
    time: story.now,
    touch,
  };
  const path = toBuy || random.chance(0.5) ? '/' : '/offers';
  story.tell(visit.time, 'page.viewed', visit.subject, {
    path,
    title: path === '/' ? 'Fernwood: home and garden' : 'Offers',
    ...touch,
  });
  return visit;
}

/** Those who know the company come by themselves, or by a mail of the campaign. */
function touchAgain({ hearsOfCampaigns, random }: Customer, time: number): Touch {
  const campaign = campaignOn(time);
  if (hearsOfCampaigns && campaign && random.chance(0.6)) {
    return { channel: 'email', campaign: { name: campaign.name, source: 'newsletter', medium: 'email' } };
  }
  return random.chance(0.3) ? { channel: 'search', referrer: 'www.finder.example' } : { channel: 'web' };
}

/** The time of the next click. */
function click(visit: Visit): number {
  visit.time += visit.customer.random.between(4 * SECOND, 1.6 * MINUTE);
  return visit.time;
}

function lookAround(visit: Visit, wanted: readonly Product[] = []): Product[] {
  const { story, shelf, customer } = visit;
  const { random } = customer;
  const others = random.poisson(wanted.length ? browsing.productsPerVisit / 3 : browsing.productsPerVisit);
  const seen = [...wanted];
  if (seen.length === 0) seen.push(shelf.choose(customer.taste, random));
  for (let count = 0; count < others; count++) seen.push(shelf.choose(customer.taste, random));
  if (random.chance(browsing.searches)) search(visit, seen[0]!);
  if (random.chance(browsing.lists)) {
    const { category } = seen[0]!;
    const skus = [...new Set(seen.filter((product) => product.category === category).map(({ sku }) => sku))];
    story.tell(click(visit), 'product.list.viewed', visit.subject, { list: 'category', category, skus });
  }
  for (const { sku } of seen) {
    const price = euros(shelf.priceOf(sku));
    story.tell(click(visit), 'product.viewed', visit.subject, { sku, price, channel: 'web' });
    if (random.chance(browsing.wishes)) story.tell(click(visit), 'product.wished', visit.subject, { sku });
  }
  return [...new Set(seen)];
}

function search(visit: Visit, { name }: Product): void {
  const { random } = visit.customer;
  const query = random.chance(0.7) ? name.toLowerCase() : skuOf(name).split('-')[0]!;
  visit.story.tell(click(visit), 'products.searched', visit.subject, {
    query,
    results: random.integer(1, 14),
  });
}

/** The cart's id. */
function fillCart(visit: Visit, lines: readonly Line[]): string {
  const { story, customer } = visit;
  const cartId = story.identifier('C');
  for (const { product, quantity, price } of lines) {
    const item = { cartId, sku: product.sku, quantity, price: euros(price) };
    story.tell(click(visit), 'cart.item.added', visit.subject, item);
  }
  if (customer.random.chance(browsing.removed)) {
    const { sku } = visit.shelf.choose(customer.taste, customer.random);
    if (!lines.some(({ product }) => product.sku === sku)) {
      story.tell(click(visit), 'cart.item.added', visit.subject, { cartId, sku, quantity: 1 });
      story.tell(click(visit), 'cart.item.removed', visit.subject, { cartId, sku, quantity: 1 });
    }
  }
  return cartId;
}

function logIn(visit: Visit, user: string): void {
  recognise(visit.story, visit.device, user, click(visit));
  visit.subject = user;
}

/** Under which subject somebody orders: an account, old or new, or an address. */
function signIn(visit: Visit): string {
  const { story, customer } = visit;
  const { random, guest, user } = customer;
  if (user) {
    logIn(visit, user);
    return user;
  }
  if (customer.opensAccount || (guest && random.chance(identity.guestsLater))) {
    const opened = openAccount(story, customer, click(visit), visit.touch);
    visit.time += 5 * SECOND;
    logIn(visit, opened);
    enterCard(story, customer);
    return opened;
  }
  const address = guest ?? orderAsGuest(story, customer, click(visit));
  visit.time += SECOND;
  recognise(story, visit.device, address, visit.time);
  if (!guest && customer.card) link(story, click(visit), customer.card, address, 'receipt');
  return address;
}

function couponFor({ customer, time }: Visit, lines: readonly Line[]) {
  const campaign = campaignOn(time);
  if (!campaign || !customer.hearsOfCampaigns || !customer.random.chance(couponUse)) return undefined;
  return { code: campaign.code, discount: Math.round(worth(lines) * campaign.discount) };
}

/** Shops with no visit beforehand: the basket of a store or of a telephone call. */
export function orderElsewhere(
  story: Story,
  shelf: Shelf,
  customer: Customer,
  channel: 'store' | 'phone',
  subject: string,
): Placed {
  const lines = fillBasket(shelf, customer);
  return placeOrder(story, customer, {
    time: story.now + buying.maxLines * SECOND,
    subject,
    channel,
    lines,
    touch: { channel },
  });
}
