import { sbg } from '@perennial/lifetime-value';
import type { Query } from '@perennial/read-models';
import { usualDaysBetweenOrders } from '../risk/risk.decider.js';
import { orderMarginsOf, orderValue } from './customer-value.js';
import type { Explanation, Score } from './scores.answers.js';

/** What a score follows from, and how it compares with those of all customers. */
export async function explanationOf(score: Score, query: Query): Promise<Explanation> {
  const [models] = await query<Explanation['models']>(
    `select version, fitted_at as "fittedAt", as_of::text as "asOf", fitted #>> '{orders,model}' as orders,
            fitted #>> '{spend,model}' as spend, (fitted #>> '{assumptions,horizonDays}')::int as "horizonDays",
            (fitted #>> '{assumptions,discountRate}')::float8 as "discountRate",
            (fitted #>> '{assumptions,marginRate}')::float8 as "marginRate"
       from model where version = $1`,
    [score.modelVersion],
  );
  const orders = await query<Explanation['orders'][number]>(
    `select order_id as "orderId", placed_at as "placedAt", total::text, currency, reporting_currency as "valueCurrency",
            round(refunded, 2)::text as refunded, round(coalesce(goods_cost, 0) + other_cost, 2)::text as cost,
            round(${orderValue(models!)}, 2)::text as value
       from (${orderMarginsOf('customer_id = $1', score.currency, 'live tables')}) margins order by placed_at desc, order_id limit 500`,
    [score.customerId],
  );
  const subscriptions = await query<Explanation['subscriptions'][number]>(
    `select subscription_id as "subscriptionId", plan, price::text, currency, started_on::text as "startedOn", renewals,
            ends_on::text as "endsOn"
       from subscription_life where customer_id = $1 order by started_on desc, subscription_id limit 500`,
    [score.customerId],
  );
  const [comparison] = await query<Explanation['comparison']>(
    `select count(*)::int as customers,
            round((percentile_cont(0.5) within group (order by lifetime_value))::numeric, 2)::text as "medianLifetimeValue",
            round((percentile_cont(0.5) within group (order by churn_risk))::numeric, 4)::text as "medianChurnRisk",
            round(avg((lifetime_value < $1::numeric)::int), 4)::text as "lowerLifetimeValue",
            round(avg((churn_risk < $2::numeric)::int), 4)::text as "lowerChurnRisk"
       from scores`,
    [score.lifetimeValue, score.churnRisk],
  );
  return {
    score,
    models: models!,
    orders,
    subscriptions,
    comparison: comparison!,
    sentences: sentencesOf(score, models!, comparison!),
  };
}

/** Nobody is told that all, or none, are so where a few are not. */
function percent(share: string): string {
  const rounded = Math.round(Number(share) * 100);
  if (rounded === 0 && Number(share) > 0) return 'less than 1 %';
  if (rounded === 100 && Number(share) < 1) return 'more than 99 %';
  return `${rounded} %`;
}

/** At the beginning of a sentence. */
const begun = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** For people: what was seen, what follows, how that compares. */
export function sentencesOf(
  score: Score,
  models: Pick<Explanation['models'], 'orders' | 'spend' | 'version' | 'horizonDays'>,
  comparison: Explanation['comparison'],
): string[] {
  const { churnRisk, riskBand, lifetimeValue, currency, subscriptions } = score;
  const within = `within ${models.horizonDays} days${subscriptions === null ? '' : ', and of no subscription that outlasts them,'}`;
  return [
    ...orderSentences(score, models.horizonDays),
    ...subscriptionSentences(score, models.horizonDays),
    `The risk of no order ${within} is ${percent(churnRisk)}: ${riskBand}. ${begun(percent(comparison.lowerChurnRisk))} of all customers have a lower one.`,
    `Everything that is still to come is worth ${lifetimeValue}${currency ? ` ${currency}` : ''} today. ${begun(percent(comparison.lowerLifetimeValue))} of all customers are worth less.`,
    `Computed by version ${models.version} of the models (${modelsOf(score, models)}), from what was known up to the end of ${score.asOf}.`,
  ];
}

/** Those that say something of this customer. */
const modelsOf = (
  { frequency, subscriptions }: Score,
  { orders, spend }: Pick<Explanation['models'], 'orders' | 'spend'>,
) =>
  [
    ...(frequency === null ? [] : [orders, ...(spend ? [spend] : [])]),
    ...(subscriptions === null ? [] : [sbg.name]),
  ].join(' and ');

function orderSentences(score: Score, horizonDays: number): string[] {
  const { frequency, recencyDays, ageDays } = score;
  if (frequency === null) return [];
  const usual = usualDaysBetweenOrders({ frequency, ageDays, daysSinceLastOrder: recencyDays });
  return [
    frequency === 0
      ? `Ordered on one day, ${recencyDays} days ago.`
      : `Ordered on ${frequency + 1} days, usually every ${usual} days; the latest order is ${recencyDays} days ago.`,
    `Within ${horizonDays} days ${Number(score.expectedOrders).toFixed(1)} days with orders are expected, with a probability of 80 % ${score.expectedOrdersLow} to ${score.expectedOrdersHigh}; each worth ${score.averageValue}${score.currency ? ` ${score.currency}` : ''}: what the days so far were worth on average and, the fewer they are the more, what those of others are.`,
  ];
}

function subscriptionSentences(score: Score, horizonDays: number): string[] {
  const { subscriptions, subscriptionsEnding, subscribedDays, renewals, expectedRenewals } = score;
  if (subscriptions === null) return [];
  if (subscriptions === 0)
    return [`Subscribed for the first time ${subscribedDays} days ago; no subscription runs any more.`];
  const ending = subscriptionsEnding ? `, of which ${subscriptionsEnding} will not be renewed` : '';
  return [
    `Subscriptions that run: ${subscriptions}${ending}; renewed ${renewals} times so far. Within ${horizonDays} days ${Number(expectedRenewals).toFixed(1)} renewals are expected, worth ${score.subscriptionValue}${score.currency ? ` ${score.currency}` : ''}; the risk that none outlasts them is ${percent(score.subscriptionRisk!)}.`,
  ];
}
