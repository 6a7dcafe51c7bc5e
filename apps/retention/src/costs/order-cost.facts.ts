import { FactTable, facts, Key, Latest } from '@perennial/read-models';

/** Keyed by the order alone: who states what an order cost often knows no customer. */
@FactTable('order_cost', { comment: 'One row an order and kind of cost, as stated last.' })
export class OrderCost {
  @Key('text', 'order number') orderId!: string;
  @Key('text', 'goods, shipping, payment, service or other') kind!: string;
  @Latest('numeric', 'cost of this kind for the whole order') cost?: string;
  @Latest('text', 'currency of the cost: ISO 4217 code') currency?: string;
}

export const orderCosts = facts(OrderCost, {
  'order.cost.stated': ({ data: { orderId, kind, cost } }) => ({
    orderId,
    kind,
    cost: cost.amount,
    currency: cost.currency,
  }),
});
