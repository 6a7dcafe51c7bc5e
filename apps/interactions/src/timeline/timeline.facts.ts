import { isCustomerNamespace, skuKey, type EventData, type EventName } from '@perennial/events';
import {
  EventKey,
  FactTable,
  facts,
  Key,
  SubjectKey,
  Value,
  type ProjectedEvent,
} from '@perennial/read-models';
import { channelOf, sourceOfVisit } from './channel.js';

/**
 * The key holds the time so that one index serves all: a subject's events stand in it in their sequence. An
 * event has one time, so it still has one row.
 */
@FactTable('timeline', {
  comment:
    'One row an event: everything that happened between a customer and us, over all channels, without personal data. An event that two systems report is two rows.',
})
export class Moment {
  @SubjectKey() subjectId!: string;
  @Key('timestamptz', 'when it happened') at!: string;
  @EventKey('the event; joins nothing, names it in the journal') eventId!: string;
  @Value('text', 'type of the event, e.g. order.placed') type!: string;
  @Value('text', 'who reported it') source!: string;
  @Value('text', 'by what way: web, app, store, phone …; empty where the event does not say')
  channel?: string;
  @Value('text', 'what brought the visit: source or name of a campaign, or the referring host')
  cameFrom?: string;
  @Value('text', 'page or screen that was seen') page?: string;
  @Value('text', 'product code in capitals, where it is about one product') sku?: string;
  @Value('text', 'order that it is about') orderId?: string;
  @Value('text', 'what happened, in words') summary!: string;
}

type Links = Partial<Pick<Moment, 'page' | 'sku' | 'orderId'>>;

/** The row of an event; none for subjects that are things. */
function moment(event: ProjectedEvent, summary: string, links: Links = {}) {
  if (!isCustomerNamespace(event.namespace)) return undefined;
  return {
    at: event.time,
    type: event.type,
    source: event.source,
    channel: channelOf(event),
    cameFrom: sourceOfVisit(event),
    summary,
    ...links,
  };
}

const money = ({ amount, currency }: { amount: string; currency: string }) => `${amount} ${currency}`;

const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

const productsOf = (lines: EventData<'order.placed'>['lines']) =>
  count(new Set(lines.filter(({ charge }) => !charge).map(({ sku }) => skuKey(sku))).size, 'product');

/** Which field changed is no secret; what it says is. */
const words = (field: string) => field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/**
 * What happened, told from what is not personal: no search terms, no texts, no values of a profile.
 * Types that are not told here get a row too, in the words of their name (see `any` below).
 */
const told = {
  'page.viewed': (event) => moment(event, `looked at ${event.data.path}`, { page: event.data.path }),
  'screen.viewed': (event) =>
    moment(event, `looked at the screen ${event.data.name}`, { page: event.data.name }),
  'product.viewed': (event) => aboutProduct(event, `looked at ${event.data.name ?? event.data.sku}`),
  'product.list.viewed': (event) =>
    moment(
      event,
      `looked at ${count(event.data.skus.length, 'product')} in ${event.data.list ?? event.data.category ?? 'a list'}`,
    ),
  'products.searched': (event) =>
    moment(
      event,
      event.data.results === undefined
        ? 'searched for products'
        : `searched for products and got ${count(event.data.results, 'result')}`,
    ),
  'product.wished': (event) => aboutProduct(event, `put ${event.data.sku} on the wish list`),
  'product.shared': (event) =>
    aboutProduct(event, `told others of ${event.data.sku}${event.data.via ? ` by ${event.data.via}` : ''}`),
  'product.reviewed': (event) => aboutProduct(event, `rated ${event.data.sku}: ${event.data.rating} of 5`),
  'cart.item.added': (event) =>
    aboutProduct(event, `put ${event.data.quantity} × ${event.data.sku} into the cart`),
  'cart.item.removed': (event) =>
    aboutProduct(event, `took ${event.data.quantity} × ${event.data.sku} out of the cart`),
  'cart.viewed': (event) => moment(event, 'looked at the cart'),
  'checkout.started': (event) =>
    moment(event, `went to the checkout${event.data.total ? ` with ${money(event.data.total)}` : ''}`, {
      orderId: event.data.orderId,
    }),
  'coupon.applied': (event) =>
    moment(event, `used the coupon ${event.data.code}`, { orderId: event.data.orderId }),
  'order.placed': (event) =>
    aboutOrder(event, `ordered ${productsOf(event.data.lines)} for ${money(event.data.total)}`),
  'order.updated': (event) =>
    aboutOrder(event, `changed the order to ${productsOf(event.data.lines)} for ${money(event.data.total)}`),
  'order.cancelled': (event) => aboutOrder(event, `cancelled the order${because(event.data.reason)}`),
  'order.returned': (event) =>
    moment(
      event,
      `returned ${event.data.lines ? count(event.data.lines.length, 'product') : 'the order'}, refund ${money(event.data.refund)}${because(event.data.reason)}`,
      { orderId: event.data.orderId },
    ),
  'shipment.dispatched': (event) =>
    aboutOrder(
      event,
      `shipment left the warehouse${event.data.carrier ? ` with ${event.data.carrier}` : ''}`,
    ),
  'shipment.delivered': (event) => aboutOrder(event, 'shipment arrived'),
  'shipment.failed': (event) => aboutOrder(event, `shipment did not arrive${because(event.data.reason)}`),
  'inquiry.received': (event) =>
    moment(event, `asked by ${event.data.channel}${event.data.topic ? ` about ${event.data.topic}` : ''}`),
  'customer.registered': (event) => moment(event, 'opened an account'),
  'profile.updated': (event) =>
    moment(event, `changed the profile: ${Object.keys(event.data).sort().map(words).join(', ')}`),
  'consent.changed': (event) => moment(event, consent(event.data.purposes)),
  'activity.recorded': (event) => moment(event, event.data.name),
} satisfies Told;

type Told = { [Name in EventName]?: (event: ProjectedEvent<Name>) => ReturnType<typeof moment> };

function aboutProduct(event: ProjectedEvent & { data: { sku: string } }, summary: string) {
  return moment(event, summary, { sku: skuKey(event.data.sku) });
}

function aboutOrder(event: ProjectedEvent & { data: { orderId: string } }, summary: string) {
  return moment(event, summary, { orderId: event.data.orderId });
}

function because(reason: string | undefined) {
  return reason ? ` (${reason})` : '';
}

function consent(purposes: Record<string, boolean>) {
  const of = (given: boolean) =>
    Object.keys(purposes)
      .filter((purpose) => purposes[purpose] === given)
      .sort()
      .join(', ');
  return [of(true) && `gave consent to ${of(true)}`, of(false) && `withdrew consent to ${of(false)}`]
    .filter(Boolean)
    .join('; ');
}

/** How we know who somebody is: acquisition's, and nothing that happened between us. */
const identification = new Set<EventName>(['identity.linked', 'identity.unlinked']);

/** Whether the event is something that happened between a customer and us. */
export const isInteraction = ({ type, namespace }: Pick<ProjectedEvent, 'type' | 'namespace'>) =>
  isCustomerNamespace(namespace) && !identification.has(type);

export const timeline = facts(Moment, told, {
  any: (event) =>
    isInteraction(event) && !Object.hasOwn(told, event.type)
      ? moment(event, event.type.replaceAll('.', ' '))
      : undefined,
});
