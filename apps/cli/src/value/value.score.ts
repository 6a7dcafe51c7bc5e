import {
  AS_TOLD,
  evaluateHoldout,
  gammaGamma,
  isAsTold,
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
  /** Lines of CSV, the first naming the columns. */
  lines(): Generator<string>;
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
];

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
    *lines() {
      yield COLUMNS.join(',');
      const { frequency, recency, age } = summary.histories;
      for (let row = 0; row < summary.histories.size; row++) {
        yield [
          quoted(orders.customers[summary.customer[row]!]!),
          dateOf(until - age[row]!),
          frequency[row]! + 1,
          age[row]! - recency[row]!,
          alive[row]!.toFixed(4),
          active[row]!.toFixed(4),
          expected[row]!.toFixed(4),
          counts.low[row],
          counts.high[row],
          worth.spend[row]!.toFixed(2),
          worth.value[row]!.toFixed(2),
          worth.interval!.low[row]!.toFixed(2),
          worth.interval!.high[row]!.toFixed(2),
          name,
          asOf,
        ].join(',');
      }
    },
  };
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
  if (days < 7)
    return { name: standard, because: 'the orders span too few days for a holdout', recalibration: AS_TOLD };
  const { histories, holdout } = summarise(orders.log, { until: until - days, holdoutUntil: until });
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
