import { blame, praise, questions, soSo } from '../company/names.js';
import type { Customer } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';
import type { Ordered } from './delivery.js';

/** Writes about one of the products; whoever waited too long is harder to please. */
export function review(
  story: Story,
  { random }: Customer,
  order: Ordered,
  time: number,
  isLate: boolean,
): void {
  const rating = Math.min(5, Math.max(1, Math.round(4.3 - (isLate ? 1.4 : 0) + random.normal() * 0.9)));
  const words = rating >= 4 ? praise : rating === 3 ? soSo : blame;
  const { sku } = random.pick(order.lines).product;
  story.tell(time, 'product.reviewed', order.subject, {
    sku,
    rating,
    ...(random.chance(0.6) && { text: random.pick(words) }),
  });
}

const topics = Object.keys(questions) as (keyof typeof questions)[];

/** Asks the company something. */
export function inquire(
  story: Story,
  { random }: Customer,
  subject: string,
  time: number,
  about?: 'delivery-time',
): void {
  const topic = about ?? random.pick(topics);
  const text = topic === 'delivery-time' ? 'Where is my parcel?' : questions[topic];
  story.tell(time, 'inquiry.received', subject, {
    channel: random.oneOf({ email: 5, phone: 4, web: 2 }),
    topic,
    text,
  });
}
