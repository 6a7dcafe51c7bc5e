import type { EventData } from '@perennial/events';
import { buying, fulfilment, type SalesChannel } from '../company/company.parameters.js';
import { DAY, HOUR } from '../company/calendar.js';
import { euros } from '../company/shelf.js';
import type { Customer } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';
import { keep, linesOf, totalOf, worth, type Line } from './basket.js';
import { deliver } from './delivery.js';
import { sendBack } from './returns.js';

export interface Order {
  time: number;
  subject: string;
  channel: SalesChannel;
  lines: readonly Line[];
  touch: Pick<EventData<'order.placed'>, 'campaign' | 'referrer' | 'channel'>;
  /** Discount in cents. */
  coupon?: { code: string; discount: number };
}

/** What became of an order, as far as the customer's mood is concerned. */
export interface Placed {
  time: number;
  disappointed: boolean;
}

/** Tells an order and all that follows from it: changes, delivery, returns, reviews. */
export function placeOrder(story: Story, customer: Customer, order: Order): Placed {
  const { time, subject, channel, coupon, touch } = order;
  const { random } = customer;
  const orderId = story.identifier('O');
  const discount = coupon?.discount ?? 0;
  const shipping = worth(order.lines) < buying.freeShippingFrom ? buying.shipping : 0;
  story.tell(time, 'order.placed', subject, {
    orderId,
    total: totalOf(order.lines, discount),
    lines: linesOf(order.lines),
    ...(coupon && { coupon: coupon.code, discount: euros(discount) }),
    ...(channel !== 'store' && { shipping: euros(shipping) }),
    ...touch,
    channel,
  });
  if (channel === 'store') {
    keep(customer, order.lines);
    if (random.chance(fulfilment.returnedInStore))
      sendBack(story, customer, { ...order, orderId }, time + HOUR);
    return { time, disappointed: false };
  }
  if (random.chance(fulfilment.cancelled)) {
    const reason = random.pick(['changed-mind', 'payment-failed', 'ordered-twice']);
    story.tell(time + random.between(1, 20) * HOUR, 'order.cancelled', subject, { orderId, reason });
    return { time, disappointed: false };
  }
  keep(customer, order.lines);
  const lines = random.chance(fulfilment.updated) ? change(story, order, orderId) : order.lines;
  return { time, disappointed: deliver(story, customer, { ...order, lines, orderId }, time + 0.3 * DAY) };
}

/** One more of the first line: no discount is given on it. */
function change(story: Story, { time, subject, lines, coupon }: Order, orderId: string): Line[] {
  const changed = lines.map((line, index) => (index === 0 ? { ...line, quantity: line.quantity + 1 } : line));
  story.tell(time + 2 * HOUR, 'order.updated', subject, {
    orderId,
    total: totalOf(changed, coupon?.discount),
    lines: linesOf(changed),
  });
  return changed;
}
