import { Earliest, FactTable, facts, Key, Min, SubjectKey } from '@perennial/read-models';

@FactTable('order', { comment: 'One row an order, whoever told us of it: what became of it.' })
export class Order {
  @SubjectKey() subjectId!: string;
  @Key('text', 'order number') orderId!: string;
  @Min('timestamptz', 'when it was placed') placedAt?: string;
  @Min('timestamptz', 'when it was cancelled') cancelledAt?: string;
  @Min('timestamptz', 'when something of it came back first') returnedAt?: string;
  @Earliest('text', 'by what way it was placed') channel?: string;
}

export const orders = facts(Order, {
  'order.placed': ({ data, time }) => ({ orderId: data.orderId, placedAt: time, channel: data.channel }),
  'order.cancelled': ({ data, time }) => ({ orderId: data.orderId, cancelledAt: time }),
  'order.returned': ({ data, time }) =>
    data.orderId === undefined ? undefined : { orderId: data.orderId, returnedAt: time },
});
