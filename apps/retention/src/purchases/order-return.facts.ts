import { FactTable, facts, Key, Latest, Min, SubjectKey } from '@perennial/read-models';

/** One row a return: a table of its own, so that a return told by two systems is paid back once. */
@FactTable('order_return', {
  comment: 'One row a return, as reported under one identifier of its customer.',
})
export class OrderReturn {
  @SubjectKey('identifier that the return was reported under; joins "subject"') subjectId!: string;
  @Key('text', 'return number; the same under two identifiers of one customer is one return')
  returnId!: string;
  @Latest('text', 'the order that goods came back from, where it is known') orderId?: string;
  @Min('timestamptz', 'when the goods came back') returnedAt?: string;
  @Latest('numeric', 'what was paid back, as stated last') amount?: string;
  @Latest('text', 'currency of the amount: ISO 4217 code') currency?: string;
}

export const orderReturns = facts(OrderReturn, {
  'order.returned': ({ data, time }) => ({
    returnId: data.returnId,
    orderId: data.orderId,
    returnedAt: time,
    amount: data.refund.amount,
    currency: data.refund.currency,
  }),
});

/**
 * Query of the returns that count, one row a customer and return, with what was stated last of it under any identifier of
 * the customer. Of an order that was cancelled nothing is left that could be paid back: it does not count either.
 */
export const returnsOfCustomers = ({ order, orderReturn, where }: ReturnsWanted) => `
      select distinct on (customer_id, return_id) customer_id, return_id, order_id, returned_at, currency, amount
        from ${orderReturn} r join subject using (subject_id)
       where ${where}
         and not exists (
           select from ${order} cancelled join subject s using (subject_id)
            where s.customer_id = subject.customer_id and cancelled.order_id = r.order_id and cancelled_at is not null)
       order by customer_id, return_id, amount_stamp desc`;

export interface ReturnsWanted {
  /** Names of the tables. */
  order: string;
  orderReturn: string;
  where: string;
}
