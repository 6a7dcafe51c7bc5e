import {
  evaluateHoldout,
  gammaGamma,
  lifetimeValues,
  orderModelOf,
  summarise,
  type Fit,
} from '@perennial/lifetime-value';
import { UsageProblem } from '../system/problem.js';
import { dateOf, dayOf, type OrderDays } from './order-days.js';

export interface ScoreRequest {
  /** Name of an order model, or `auto`: the one that did best in a holdout of the last days. */
  model: string;
  until?: string;
  horizonDays: number;
  annualDiscountRate: number;
  margin: number;
  level: number;
}

/** Models that `auto` chooses among. */
const CANDIDATES = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'];

export interface Scoring {
  fit: Fit;
  /** Why this model. */
  because: string;
  asOf: string;
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
  const until = request.until === undefined ? orders.last : dayOf(request.until);
  if (until < orders.first)
    throw new UsageProblem(`The first order is of ${dateOf(orders.first)}: --until is before.`);
  const { name, because } =
    request.model === 'auto' ? choose(orders, until, request) : { name: request.model, because: 'as told' };
  const summary = summarise(orders.log, { until });
  const model = orderModelOf(name);
  const fit = model.fit(summary.histories);
  const spend = gammaGamma.fit(summary.spend);
  const { horizonDays, level } = request;
  const alive = model.probabilityAlive(fit, summary.histories);
  const active = model.probabilityActive(fit, summary.histories, horizonDays);
  const expected = model.expectedOrders(fit, summary.histories, horizonDays);
  const counts = model.ordersInterval(fit, summary.histories, horizonDays, level);
  const worth = lifetimeValues({ orders: fit, spend }, summary, request);
  const asOf = dateOf(until);
  return {
    fit,
    because,
    asOf,
    problems: [...fit.problems, ...spend.problems],
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

/** Fits without the last days, as many as the horizon has or a third of all, and takes the best on them. */
function choose(
  orders: OrderDays,
  until: number,
  { horizonDays }: ScoreRequest,
): { name: string; because: string } {
  const days = Math.min(horizonDays, Math.floor((until - orders.first) / 3));
  const standard = 'mbg-nbd';
  if (days < 7) return { name: standard, because: 'the orders span too few days for a holdout' };
  const { histories, holdout } = summarise(orders.log, { until: until - days, holdoutUntil: until });
  const fits = CANDIDATES.map((name) => orderModelOf(name).fit(histories));
  const { chosen, beatenBy } = evaluateHoldout(fits, histories, holdout.orders, holdout.days);
  const but = beatenBy.length ? `, though "${beatenBy.join('", "')}" did better` : '';
  return {
    name: chosen ?? standard,
    because: `best of ${CANDIDATES.join(', ')} on the last ${days} days${but}`,
  };
}

const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
