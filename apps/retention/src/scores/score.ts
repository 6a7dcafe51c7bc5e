import {
  AS_TOLD,
  gammaGamma,
  orderModelOf,
  recalibrated,
  worthInterval,
  type ExpectedOrders,
  type Histories,
  type Interval,
  type Spend,
} from '@perennial/lifetime-value';
import type { FittedModels } from '../models/models.decider.js';
import { orderValues } from './order-values.js';
import { BANDS, historiesOf, NO_BAND, scoredOn, type Statistics } from './statistics.js';
import type { SubscriberParts } from './subscriber-scores.js';

/** Models of a company whose customers order. */
export type OrderModels = FittedModels & Required<Pick<FittedModels, 'orders'>>;

export const haveOrders = (models: FittedModels): models is OrderModels => models.orders !== undefined;

/** One entry a row of the statistics: what all of a customer is worth, from a part of orders and a part of subscriptions. */
export interface Scores {
  /** Day that each customer is scored for, since 1970. */
  readonly day: Int32Array;
  readonly valueSoFar: Float64Array;
  /** Value within the horizon, and between which values it will be with a probability of 80 %. */
  readonly expectedValue: Float64Array;
  readonly value: Interval;
  /** Value of all that is still to come, discounted. */
  readonly lifetimeValue: Float64Array;
  /** Probability of no order within the horizon, and no subscription that outlasts it. */
  readonly churnRisk: Float64Array;
  /** Number of the band of churn risk. */
  readonly band: Int8Array;
  /** The part of orders. Below 0 where the customer has none. */
  readonly frequency: Int32Array;
  readonly recency: Int32Array;
  readonly age: Int32Array;
  readonly alive: Float64Array;
  /** Probability of at least one order within the horizon, corrected as the models have it. */
  readonly active: Float64Array;
  readonly expectedOrders: Float64Array;
  /** Between how many orders it will be within the horizon, with a probability of 80 %. */
  readonly orders: Interval;
  /** Expected value of an order day. */
  readonly averageValue: Float64Array;
  /** The part of subscriptions; undefined where none of these customers ever subscribed. */
  readonly subscriptions?: SubscriberParts;
}

/** Probability of the intervals that are told. */
const INTERVAL = 0.8;

/**
 * Scores customers by their orders as of a day (since 1970). Pure: each row depends on its statistics, the models and the day, and
 * not on the rows beside it.
 */
export function score(statistics: Statistics, models: OrderModels, asOf: number): Scores {
  const { orders, assumptions, chanceCorrection = AS_TOLD } = models;
  const histories = historiesOf(statistics, asOf);
  const { alive, active: told, expected, discounted } = orderValues(models, histories);
  const active = told.map((each) => recalibrated(each, chanceCorrection));
  const { size, announced } = statistics;
  const band = new Int8Array(size);
  for (let row = 0; row < size; row++) band[row] = bandOf(1 - active[row]!, announced[row]!, assumptions);
  const averageValue = averageValues(statistics, models);
  const ordersInterval = orderModelOf(orders.model).ordersInterval(
    orders,
    withRoundedAges(histories),
    assumptions.horizonDays,
    INTERVAL,
  );
  const worth = (of: Float64Array) => of.map((each, row) => each * averageValue[row]!);
  return {
    day: Int32Array.from({ length: size }, (_, row) => scoredOn(statistics, row, asOf)),
    frequency: histories.frequency,
    recency: histories.recency,
    age: histories.age,
    alive,
    active,
    expectedOrders: expected,
    orders: ordersInterval,
    averageValue,
    valueSoFar: statistics.value,
    expectedValue: worth(expected),
    value: valueInterval(statistics, models, { expected, ...ordersInterval }, worth(expected)),
    lifetimeValue: worth(discounted),
    churnRisk: active.map((each) => 1 - each),
    band,
  };
}

/** Where no model of spend could be fitted nothing is known of how the worth of orders varies. */
function valueInterval(
  statistics: Statistics,
  { spend, averageValue = 0 }: FittedModels,
  orders: ExpectedOrders,
  expectedValue: Float64Array,
): Interval {
  const factors = spend
    ? worthInterval({ ...spend, meanSpend: averageValue }, spendOf(statistics), orders, INTERVAL)
    : { low: divided(orders.low, orders.expected), high: divided(orders.high, orders.expected) };
  const times = (factor: Float64Array) => factor.map((each, row) => each * expectedValue[row]!);
  return { low: times(factors.low), high: times(factors.high) };
}

const divided = (of: Float64Array, by: Float64Array) =>
  of.map((each, row) => (by[row]! > 0 ? each / by[row]! : 0));

/** Up to this age in days it is exact. */
const EXACT_AGE = 60;
/** Two ages beyond it that count as one differ by less than 3 %. */
const AGE_STEP = Math.log(1.03);

/**
 * For intervals, which are whole orders: a distribution is computed for each frequency and age, and every day of age would
 * be another. Ages are rounded up, each by itself, so that nobody's latest order is after the end.
 */
const withRoundedAges = (histories: Histories): Histories => ({
  ...histories,
  age: histories.age.map((age) =>
    age <= EXACT_AGE
      ? age
      : Math.max(
          age,
          Math.round(EXACT_AGE * Math.exp(AGE_STEP * Math.ceil(Math.log(age / EXACT_AGE) / AGE_STEP))),
        ),
  ),
});

/**
 * The band of a risk. One that was announced is left only when the risk is outside of it by more than the
 * hysteresis, so that a customer near a threshold is not announced to and fro.
 */
export function bandOf(
  risk: number,
  announced: number,
  { elevatedRisk, highRisk, hysteresis }: FittedModels['assumptions'],
): number {
  const thresholds = [-Infinity, elevatedRisk, highRisk, Infinity];
  if (announced !== NO_BAND) {
    const [from, to] = [thresholds[announced]!, thresholds[announced + 1]!];
    if (risk >= from - hysteresis && risk < to + hysteresis) return announced;
  }
  let band = BANDS.length - 1;
  while (risk < thresholds[band]!) band--;
  return band;
}

/** What an order day is worth. The day of the first order counts, too: most customers have no other. */
export function spendOf({ size, orderDays, value }: Statistics): Spend {
  return {
    orders: orderDays,
    mean: Float64Array.from({ length: size }, (_, row) => value[row]! / orderDays[row]!),
  };
}

/** Where no model of spend could be fitted: the customer's own mean, as if it had one average order day more. */
function averageValues(statistics: Statistics, { spend, averageValue = 0 }: FittedModels): Float64Array {
  if (spend) return gammaGamma.expectedSpend({ ...spend, meanSpend: averageValue }, spendOf(statistics));
  const { size, value, orderDays } = statistics;
  return Float64Array.from(
    { length: size },
    (_, row) => (value[row]! + averageValue) / (orderDays[row]! + 1),
  );
}
