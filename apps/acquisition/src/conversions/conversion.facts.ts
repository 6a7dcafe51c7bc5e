import { Earliest, FactTable, facts, Key, Min, SubjectKey } from '@perennial/read-models';
import { channelOf } from '../touches/channel.js';

/** One row an order: which of them made somebody a buyer can only be said when cancelled ones are known. */
@FactTable('conversion', {
  comment: 'One row an order, as reported under one identifier of its customer: what can make it a buyer.',
})
export class Conversion {
  @SubjectKey() subjectId!: string;
  @Key('text', 'order number') orderId!: string;
  @Min('timestamptz', 'when it was placed; empty while only its cancellation is known') placedAt?: string;
  @Min('timestamptz', 'when it was cancelled') cancelledAt?: string;
  @Earliest('text', 'channel by which it was placed') channel?: string;
}

export const conversions = facts(Conversion, {
  'order.placed': ({ data, time }) => ({ orderId: data.orderId, placedAt: time, channel: channelOf(data) }),
  'order.cancelled': ({ data, time }) => ({ orderId: data.orderId, cancelledAt: time }),
});
