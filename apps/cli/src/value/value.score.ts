import {
  AS_TOLD,
  evaluateHoldout,
  gammaGamma,
  isAsTold,
  LEAST_HELD_OUT,
  LEAST_LEARNT,
  lifetimeValues,
  orderModelOf,
  recalibrated,
  summarise,
  type Fit,
  type Histories,
  type Recalibration,
  type Summary,
} from '@perennial/lifetime-value';
import { UsageProblem } from '../system/problem.js';
import { dateOf, warningsOf, type OrderDays } from './order-days.js';
import { silences, untilOf } from './time-span.js';
import { UNITS, type Unit } from './value.fit.js';

export interface ScoreRequest {
  /** Name of an order model, or `auto`: the one that did best in a holdout of the last days. */
  model: string;
  until?: string;
  horizonDays: number;
  annualDiscountRate: number;
  margin: number;
  level: number;
  /** Between two occasions to order; of BG/BB alone. */
  unit: Unit;
  now: Date;
}

/** Models that `auto` chooses among. */
const CANDIDATES = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'];

export interface Scoring {
  fit: Fit;
  /** Why this model. */
  because: string;
  asOf: string;
  /** What chances to be active are corrected by: what was off on the last days, where the model was chosen on them. */
  recalibration: Recalibration;
  problems: string[];
  /** Customers in the sequence in which they come in the file. */
  scores: () => Generator<CustomerScore>;
}

const COLUMNS = [
  'customer',
  'first_order',
  'orders',
  'days_since_last_order',
  'probability_alive',
  'probability_active',
  'expected_orders',
  'orders_low',
  'orders_high',
  'expected_order_value',
  'lifetime_value',
  'value_low',
  'value_high',
  'model',
  'as_of',
] as const;

/** Probabilities and expected orders are told with four digits, money with two. */
export type CustomerScore = Record<(typeof COLUMNS)[number], string | number>;

/** Scores every customer of a file as of a day. */
export function scoreCustomers(orders: OrderDays, request: ScoreRequest): Scoring {
  const until = untilOf(orders, request.until, request.now);
  const { name, because, recalibration } =
    request.model === 'auto'
      ? choose(orders, until, request)
      : { name: request.model, because: 'as told', recalibration: AS_TOLD };
  const summary = summarise(orders.log, { until });
  const model = orderModelOf(name);
  const { horizonDays, level } = request;
  const histories = historiesFor(name, orders, summary, until, request);
  const fit = model.fit(histories);
  const spend = gammaGamma.fit(summary.spend);
  const alive = model.probabilityAlive(fit, histories);
  const active = model
    .probabilityActive(fit, histories, horizonDays)
    .map((each) => recalibrated(each, recalibration));
  const expected = model.expectedOrders(fit, histories, horizonDays);
  const counts = model.ordersInterval(fit, histories, horizonDays, level);
  const worth = lifetimeValues({ orders: fit, spend }, { histories, spend: summary.spend }, request);
  const asOf = dateOf(until);
  return {
    fit,
    because,
    asOf,
    recalibration,
    problems: [...warningsOf(orders), ...silences(orders, until), ...fit.problems, ...spend.problems],
    *scores() {
      const { frequency, recency, age } = summary.histories;
      for (let row = 0; row < summary.histories.size; row++) {
        yield {
          customer: orders.customers[summary.customer[row]!]!,
          first_order: dateOf(until - age[row]!),
          orders: frequency[row]! + 1,
          days_since_last_order: age[row]! - recency[row]!,
          probability_alive: alive[row]!.toFixed(4),
          probability_active: active[row]!.toFixed(4),
          expected_orders: expected[row]!.toFixed(4),
          orders_low: counts.low[row]!,
          orders_high: counts.high[row]!,
          expected_order_value: worth.spend[row]!.toFixed(2),
          lifetime_value: worth.value[row]!.toFixed(2),
          value_low: worth.interval!.low[row]!.toFixed(2),
          value_high: worth.interval!.high[row]!.toFixed(2),
          model: name,
          as_of: asOf,
        };
      }
    },
  };
}

/** Lines of CSV, the first naming the columns. */
export function* csvLines({ scores }: Scoring): Generator<string> {
  yield COLUMNS.join(',');
  for (const score of scores()) yield COLUMNS.map((column) => quoted(String(score[column]))).join(',');
}

/** Lines of one JSON document, a customer a line: a million of them are never one text. */
export function* jsonLines({
  fit,
  because,
  asOf,
  recalibration,
  problems,
  scores,
}: Scoring): Generator<string> {
  const about = JSON.stringify({ asOf, model: fit.model, because, fit, recalibration, problems });
  yield `${about.slice(0, -1)},"customers":[`;
  let before: string | undefined;
  for (const score of scores()) {
    if (before !== undefined) yield `${before},`;
    before = JSON.stringify(score);
  }
  if (before !== undefined) yield before;
  yield ']}';
}

/** In the model's own periods: of BG/BB from one occasion to order to the next, of the others days. */
function historiesFor(
  name: string,
  { log }: OrderDays,
  { histories }: Summary,
  until: number,
  { unit, horizonDays }: ScoreRequest,
): Histories {
  if (name !== 'bg-bb') return histories;
  const periodDays = UNITS[unit];
  if (horizonDays < periodDays) {
    throw new UsageProblem(
      `A horizon of ${horizonDays} days has no whole ${unit}, and bg-bb counts no other; take a longer --horizon or a shorter --unit.`,
    );
  }
  return summarise(log, { until, periodDays }).histories;
}

/** Fits without the last days, as many as the horizon has or a third of all, and takes the best on them. */
function choose(
  orders: OrderDays,
  until: number,
  { horizonDays }: ScoreRequest,
): { name: string; because: string; recalibration: Recalibration } {
  const days = Math.min(horizonDays, Math.floor((until - orders.first) / 3));
  const standard = 'mbg-nbd';
  const withoutHoldout = (because: string) => ({ name: standard, because, recalibration: AS_TOLD });
  if (days < 7) return withoutHoldout('the orders span too few days for a holdout');
  const { histories, holdout } = summarise(orders.log, { until: until - days, holdoutUntil: until });
  const ordered = holdout.orders.reduce((sum, each) => sum + each, 0);
  if (histories.size < LEAST_HELD_OUT.customers || ordered < LEAST_HELD_OUT.orders)
    return withoutHoldout(
      `${histories.size} customers who placed ${ordered} orders in the last ${days} days are too few for a holdout`,
    );
  const fits = CANDIDATES.map((name) => orderModelOf(name).fit(histories));
  const { chosen, beatenBy, recalibration } = evaluateHoldout(fits, histories, holdout.orders, holdout.days);
  const but = beatenBy.deviance ? `, though "${beatenBy.deviance.join('", "')}" did better` : '';
  const correction = (days >= LEAST_LEARNT && recalibration?.recalibration) || AS_TOLD;
  const corrected = isAsTold(correction)
    ? ''
    : `; chances to be active are corrected by what was off on them (intercept ${correction.intercept.toFixed(3)}, slope ${correction.slope.toFixed(3)})`;
  return {
    name: chosen ?? standard,
    because: `best of ${CANDIDATES.join(', ')} on the last ${days} days${but}${corrected}`,
    recalibration: correction,
  };
}

const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
