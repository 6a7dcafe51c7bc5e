import { sbg } from '@perennial/lifetime-value';
import type { Query } from '@perennial/read-models';
import { ordersOfCustomers } from '../purchases/order.facts.js';
import { usualDaysBetweenOrders } from '../risk/risk.decider.js';
import type { Explanation, Score } from './scores.answers.js';

/** What a score follows from, and how it compares with those of all customers. */
export async function explanationOf(score: Score, query: Query): Promise<Explanation> {
  const [models] = await query<Explanation['models']>(
    `select version, fitted_at as "fittedAt", as_of::text as "asOf", fitted #>> '{orders,model}' as orders,
            fitted #>> '{spend,model}' as spend, (fitted #>> '{assumptions,horizonDays}')::int as "horizonDays",
            (fitted #>> '{assumptions,discountRate}')::float8 as "discountRate"
       from model where version = $1`,
    [score.modelVersion],
  );
  const orders = await query<Explanation['orders'][number]>(
    `select order_id as "orderId", placed_at as "placedAt", total::text, currency
       from (${ordersOfCustomers({ order: 'retention_tables."order"', where: 'customer_id = $1' })}) ordered order by placed_at desc, order_id limit 500`,
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
  models: Pick<Explanation['models'], 'orders' | 'version' | 'horizonDays'>,
  comparison: Explanation['comparison'],
): string[] {
  const { churnRisk, riskBand, lifetimeValue, currency, subscriptions } = score;
  const within = `within ${models.horizonDays} days${subscriptions === null ? '' : ', and of no subscription that outlasts them,'}`;
  return [
    ...orderSentences(score),
    ...subscriptionSentences(score, models.horizonDays),
    `The risk of no order ${within} is ${percent(churnRisk)}: ${riskBand}. ${begun(percent(comparison.lowerChurnRisk))} of all customers have a lower one.`,
    `Everything that is still to come is worth ${lifetimeValue}${currency ? ` ${currency}` : ''} today. ${begun(percent(comparison.lowerLifetimeValue))} of all customers are worth less.`,
    `Computed by version ${models.version} of the models (${modelsOf(score, models)}), from what was known up to the end of ${score.asOf}.`,
  ];
}

/** Those that say something of this customer. */
const modelsOf = ({ frequency, subscriptions }: Score, { orders }: Pick<Explanation['models'], 'orders'>) =>
  [...(frequency === null ? [] : [orders]), ...(subscriptions === null ? [] : [sbg.name])].join(' and ');

function orderSentences({ frequency, recencyDays, ageDays }: Score): string[] {
  if (frequency === null) return [];
  if (frequency === 0) return [`Ordered on one day, ${recencyDays} days ago.`];
  const usual = usualDaysBetweenOrders({ frequency, ageDays, daysSinceLastOrder: recencyDays });
  return [
    `Ordered on ${frequency + 1} days, usually every ${usual} days; the latest order is ${recencyDays} days ago.`,
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
