import type { Journal } from '@perennial/journal';
import { histories, isAsTold, orderModelOf, recalibrated, sbg } from '@perennial/lifetime-value';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { knownFacts, type Known } from '../moments/known-facts.js';
import { usualDaysBetweenOrders } from '../risk/risk.decider.js';
import { subscriptionLives } from '../subscriptions/subscriptions.view.js';
import { orderMarginsOf, orderValue, viewsOf } from './customer-value.js';
import { scoreCustomerOn } from './score-as-of.js';
import { scoreFields, type Explanation, type Score } from './scores.answers.js';

/** Why a customer's score is what it is; undefined if there is none. Inside a transaction. */
export async function explained(client: pg.ClientBase, customerId: string): Promise<Explanation | undefined> {
  const { rows } = await client.query<Score>(`select ${scoreFields} from scores where customer_id = $1`, [
    customerId,
  ]);
  if (!rows[0]) return undefined;
  return explanationOf(client, rows[0], await comparisonOf(client, rows[0]));
}

/** The same of the score of a day. What all others were worth then would have to be computed for each of them anew. */
export async function explainedOn(
  client: pg.ClientBase,
  journal: Journal,
  customerId: string,
  day: string,
): Promise<Explanation | undefined> {
  let explanation: Explanation | undefined;
  await scoreCustomerOn(client, journal, customerId, [day], async (known) => {
    const { rows } = await client.query<Score>(`select ${scoreFields} from score_as_of`);
    if (rows[0]) explanation = await explanationOf(client, rows[0], null, known);
  });
  return explanation;
}

/** Most orders, and subscriptions, of an answer. */
const LISTED = 500;

async function explanationOf(
  client: pg.ClientBase,
  score: Score,
  comparison: Explanation['comparison'],
  known?: Known,
): Promise<Explanation> {
  const { rows: inForce } = await client.query<Explanation['models'] & { fitted: FittedModels }>(
    `select version, fitted_at as "fittedAt", as_of::text as "asOf", fitted #>> '{orders,model}' as orders,
            fitted #>> '{spend,model}' as spend, (fitted #>> '{assumptions,horizonDays}')::int as "horizonDays",
            (fitted #>> '{assumptions,discountRate}')::float8 as "discountRate",
            (fitted #>> '{assumptions,marginRate}')::float8 as "marginRate", fitted
       from model where version = $1`,
    [score.modelVersion],
  );
  const { fitted, ...models } = inForce[0]!;
  const orderRisk = orderRiskOf(score, fitted);
  const { rows: orders } = await client.query<Explanation['orders'][number]>(
    `${known ? `with ${knownFacts(known)}` : ''}
     select order_id as "orderId", placed_at as "placedAt", total::text, currency, reporting_currency as "valueCurrency",
            round(refunded, 2)::text as refunded, round(goods_cost, 2)::text as "goodsCost",
            case when reporting_currency is not null then round(other_cost, 2) end::text as "otherCost",
            round(${orderValue(models)}, 2)::text as value
       from (${orderMarginsOf('customer_id = $1', score.currency)}) margins order by placed_at desc, order_id`,
    [score.customerId],
  );
  const { rows: subscriptions } = await client.query<Explanation['subscriptions'][number]>(
    `with ${viewsOf([subscriptionLives], 'customer_id = $1')}
     select subscription_id as "subscriptionId", plan, price::text, currency, started_on::text as "startedOn", renewals,
            ends_on::text as "endsOn"
       from subscription_life order by started_on desc, subscription_id limit ${LISTED}`,
    [score.customerId],
  );
  return {
    score,
    models,
    orders: orders.slice(0, LISTED),
    subscriptions,
    orderRisk,
    comparison,
    sentences: sentencesOf({ score, models, orders, orderRisk, comparison }),
  };
}

/** What the model tells by itself stands nowhere: it is computed again. */
function orderRiskOf(
  { frequency, ageDays, recencyDays }: Score,
  { orders, chanceCorrection, assumptions: { horizonDays } }: FittedModels,
): Explanation['orderRisk'] {
  if (frequency === null || !orders || !chanceCorrection || isAsTold(chanceCorrection)) return null;
  const one = histories({ frequency: [frequency], recency: [ageDays! - recencyDays!], age: [ageDays!] });
  const active = orderModelOf(orders.model).probabilityActive(orders, one, horizonDays)[0]!;
  return {
    byModel: (1 - active).toFixed(4),
    corrected: (1 - recalibrated(active, chanceCorrection)).toFixed(4),
  };
}

async function comparisonOf(
  client: pg.ClientBase,
  { lifetimeValue, churnRisk }: Score,
): Promise<Explanation['comparison']> {
  const { rows } = await client.query<NonNullable<Explanation['comparison']>>(
    `select count(*)::int as customers,
            round((percentile_cont(0.5) within group (order by lifetime_value))::numeric, 2)::text as "medianLifetimeValue",
            round((percentile_cont(0.5) within group (order by churn_risk))::numeric, 4)::text as "medianChurnRisk",
            round(avg((lifetime_value < $1::numeric)::int), 4)::text as "lowerLifetimeValue",
            round(avg((churn_risk < $2::numeric)::int), 4)::text as "lowerChurnRisk"
       from scores`,
    [lifetimeValue, churnRisk],
  );
  return rows[0]!;
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
function sentencesOf({
  score,
  models,
  orders,
  orderRisk,
  comparison,
}: Pick<Explanation, 'score' | 'models' | 'orders' | 'orderRisk' | 'comparison'>): string[] {
  const { churnRisk, riskBand, lifetimeValue, currency, subscriptions } = score;
  const within = `within ${models.horizonDays} days${subscriptions === null ? '' : ', and of no subscription that outlasts them,'}`;
  const [lowerRisk, lowerValue] = comparison
    ? [
        ` ${begun(percent(comparison.lowerChurnRisk))} of all customers have a lower one.`,
        ` ${begun(percent(comparison.lowerLifetimeValue))} of all customers are worth less.`,
      ]
    : ['', ''];
  return [
    ...orderSentences(score, models.horizonDays),
    ...costSentences(orders, models),
    ...subscriptionSentences(score, models.horizonDays),
    `The risk of no order ${within} is ${percent(churnRisk)}: ${riskBand}.${lowerRisk}`,
    ...correctionSentences(orderRisk),
    `Everything that ${comparison ? 'is' : 'was'} still to come is worth ${lifetimeValue}${currency ? ` ${currency}` : ''} ${comparison ? 'today' : `on ${score.asOf}`}.${lowerValue}`,
    `Computed by version ${models.version} of the models (${modelsOf(score, models)}), from what was known up to the end of ${score.asOf}.`,
  ];
}

function correctionSentences(orderRisk: Explanation['orderRisk']): string[] {
  if (!orderRisk) return [];
  const [byModel, corrected] = toldApart(orderRisk.byModel, orderRisk.corrected);
  return byModel === corrected
    ? [
        `The model by itself tells a risk of no order of ${byModel}; what it was off in days that it had not seen leaves it there.`,
      ]
    : [
        `The model by itself tells a risk of no order of ${byModel}; it is corrected to ${corrected}, by what the model was off in days that it had not seen.`,
      ];
}

/** Two shares in per cent, with as many digits as tell them apart: at most two, as many as are told of a share. */
function toldApart(one: string, other: string): [string, string] {
  if (percent(one) !== percent(other) || one === other) return [percent(one), percent(other)];
  const digits = [1, 2].find((count) => inPercent(one, count) !== inPercent(other, count)) ?? 2;
  return [inPercent(one, digits), inPercent(other, digits)];
}

const inPercent = (share: string, digits: number) => `${(Number(share) * 100).toFixed(digits)} %`;

/** Of what nobody stated it must not look as if it cost nothing. */
function costSentences(
  orders: Explanation['orders'],
  { marginRate }: Pick<Explanation['models'], 'marginRate'>,
): string[] {
  const valued = orders.filter(({ valueCurrency }) => valueCurrency !== null);
  const unknown = valued.filter(({ goodsCost }) => goodsCost === null).length;
  if (unknown === 0) return [];
  const of = unknown === valued.length ? 'its orders' : `${unknown} of ${valued.length} orders`;
  return [
    `What the goods of ${of} cost is not known: ${marginRate === 1 ? 'all' : `${Number((100 * marginRate).toFixed(2))} %`} of what was paid for them, less refunds and other costs, counts as value.`,
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
