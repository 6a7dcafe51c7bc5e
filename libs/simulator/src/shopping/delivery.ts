import { DAY, HOUR, openTime } from '../company/calendar.js';
import { fulfilment } from '../company/company.parameters.js';
import type { Customer } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';
import type { Order } from './order.js';
import { inquire, review } from './opinions.js';
import { refundWhole, sendBack } from './returns.js';

export type Ordered = Order & { orderId: string };

/** Sends the goods, not before a time. Whether the customer has reason to be disappointed. */
export function deliver(story: Story, customer: Customer, order: Ordered, after: number): boolean {
  const { random } = customer;
  const { subject, orderId, time } = order;
  const shipmentId = story.identifier('S');
  const dispatched = openTime('store', after + random.between(...fulfilment.dispatchedAfter) * DAY, random);
  const promised = Math.floor((time + fulfilment.promised * DAY) / DAY) * DAY + 18 * HOUR;
  story.tell(dispatched, 'shipment.dispatched', subject, {
    shipmentId,
    orderId,
    carrier: random.pick(fulfilment.carriers),
    promisedAt: new Date(promised).toISOString(),
  });
  if (random.chance(fulfilment.lost)) {
    const lost = dispatched + random.between(4, 9) * DAY;
    story.tell(lost, 'shipment.failed', subject, { shipmentId, orderId, reason: 'lost' });
    refundWhole(story, order, lost + DAY, 'lost');
    return true;
  }
  const arrival = dispatched + random.between(...fulfilment.onTheWay) * DAY;
  const failed = random.chance(fulfilment.failedOnce);
  if (failed) {
    story.tell(arrival, 'shipment.failed', subject, { shipmentId, orderId, reason: 'nobody-home' });
  }
  const late = random.chance(fulfilment.late);
  const regular = openTime('store', arrival + (failed ? 0.8 : 0) * DAY, random);
  const delivered = late ? Math.max(promised, regular) + random.between(...fulfilment.lateBy) * DAY : regular;
  story.tell(delivered, 'shipment.delivered', subject, { shipmentId, orderId });
  const isLate = delivered > promised;
  if (isLate && random.chance(fulfilment.asksWhenLate)) {
    inquire(story, customer, subject, openTime('phone', promised + 2 * HOUR, random), 'delivery-time');
  }
  afterwards(story, customer, order, delivered, isLate);
  return isLate;
}

function afterwards(
  story: Story,
  customer: Customer,
  order: Ordered,
  delivered: number,
  isLate: boolean,
): void {
  const { random } = customer;
  if (random.chance(fulfilment.returned)) {
    sendBack(story, customer, order, delivered + random.between(...fulfilment.returnedAfter) * DAY);
  }
  if (random.chance(fulfilment.reviewed)) {
    review(story, customer, order, delivered + random.between(...fulfilment.reviewedAfter) * DAY, isLate);
  }
  if (random.chance(fulfilment.asks)) {
    inquire(story, customer, order.subject, delivered + random.between(1, 30) * DAY);
  }
}
