import type { EventData } from '@perennial/events';
import { FactTable, facts, Key, Latest, Max, Min, SubjectKey } from '@perennial/read-models';

@FactTable('subscription', {
  comment: 'One row a subscription, as reported under one identifier of its customer.',
})
export class Subscription {
  @SubjectKey('identifier that it was reported under; joins "subject"') subjectId!: string;
  @Key('text', 'subscription number; the same under two identifiers of one customer is one subscription')
  subscriptionId!: string;
  @Min('timestamptz', 'when it began; empty while only a change, renewal or cancellation is known')
  startedAt?: string;
  @Latest('text', 'what is subscribed to') plan?: string;
  @Latest('numeric', 'price of one period') price?: string;
  @Latest('text', 'currency of the price: ISO 4217 code') currency?: string;
  @Latest('integer', 'how many units one period lasts') periodCount?: number;
  @Latest('text', 'unit of the period: day, week, month or year') periodUnit?: string;
  @Latest('boolean', 'what was said last: true: it is cancelled; false: that was taken back')
  cancelled?: boolean;
  @Latest('date', 'day from which it is no more, by the latest cancellation') endsOn?: string;
  @Latest('boolean', 'whether nobody gave notice, e.g. because it was not paid') involuntary?: boolean;
  @Latest('text', 'why it was cancelled') reason?: string | null;
  @Max('timestamptz', 'when it was cancelled last') cancelledAt?: string;
}

const termsOf = ({ plan, price, period }: EventData<'subscription.changed'>) => ({
  plan,
  price: price.amount,
  currency: price.currency,
  periodCount: period.count,
  periodUnit: period.unit,
});

export const subscriptions = facts(Subscription, {
  'subscription.started': ({ data, time }) => ({
    subscriptionId: data.subscriptionId,
    startedAt: time,
    ...termsOf(data),
  }),
  'subscription.changed': ({ data }) => ({ subscriptionId: data.subscriptionId, ...termsOf(data) }),
  'subscription.cancelled': ({ data, time }) => ({
    subscriptionId: data.subscriptionId,
    cancelled: true,
    endsOn: data.endsOn ?? time.slice(0, 10),
    involuntary: data.involuntary ?? false,
    reason: data.reason ?? null,
    cancelledAt: time,
  }),
  'subscription.resumed': ({ data }) => ({ subscriptionId: data.subscriptionId, cancelled: false }),
});
