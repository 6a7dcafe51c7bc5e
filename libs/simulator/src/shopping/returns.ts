import { euros } from '../company/shelf.js';
import type { Customer } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';
import { worth } from './basket.js';
import type { Ordered } from './delivery.js';

const reasons = { 'not-as-expected': 4, broken: 2, 'changed-mind': 2, 'wrong-item': 1 };

/** One line comes back, with its part of the discount. */
export function sendBack(story: Story, { random }: Customer, order: Ordered, time: number): void {
  const { subject, orderId, lines, coupon } = order;
  const { product, quantity, price } = random.pick(lines);
  const pieces = random.integer(1, quantity);
  const paid = 1 - (coupon?.discount ?? 0) / worth(lines);
  const perPiece = Math.floor(price * paid);
  story.tell(time, 'order.returned', subject, {
    returnId: story.identifier('R'),
    orderId,
    refund: euros(pieces * perPiece),
    lines: [{ sku: product.sku, quantity: pieces, price: euros(perPiece) }],
    reason: random.oneOf(reasons),
  });
}

/** All is paid back. */
export function refundWhole(story: Story, order: Ordered, time: number, reason: string): void {
  const { subject, orderId, lines, coupon } = order;
  story.tell(time, 'order.returned', subject, {
    returnId: story.identifier('R'),
    orderId,
    refund: euros(worth(lines) - (coupon?.discount ?? 0)),
    reason,
  });
}
