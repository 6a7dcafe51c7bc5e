import { orderModelOf, type Fitted, type Histories } from '@perennial/lifetime-value';
import { discountOf } from './discount.js';
import type { OrderModels } from './score.js';

/** One entry a row of the histories. */
export interface OrderValues {
  alive: Float64Array;
  /** Probability of at least one order within the horizon. */
  active: Float64Array;
  /** Orders expected within the horizon. */
  expected: Float64Array;
  /** All orders that are still to come, each discounted. */
  discounted: Float64Array;
}

/** Of customers with some frequency who are alive, at the ages of `AGES`. */
type Table = Record<'active' | 'expected' | 'discounted', Float64Array>;

/** Beyond it a customer counts as being of this age, in days: forty years. */
const OLDEST = 14_610;
/** Makes the values smooth in ln(BEND + age), in days. */
const BEND = 30;
const INTERVALS = 32;

/** Chebyshev's points of the second kind in ln(BEND + age), as whole days. */
const AGES = [
  ...new Set(
    Array.from({ length: INTERVALS + 1 }, (_, k) => {
      const [low, high] = [Math.log(BEND), Math.log(BEND + OLDEST)];
      return Math.round(
        Math.exp((low + high - (high - low) * Math.cos((k * Math.PI) / INTERVALS)) / 2) - BEND,
      );
    }),
  ),
];
const places = AGES.map((age) => Math.log(BEND + age));
/** Berrut, Trefethen 2004, Barycentric Lagrange interpolation, SIAM Review 46:3, eq. 3.2. */
const weights = places.map((at) =>
  places.reduce((product, other) => (other === at ? product : product / (at - other)), 1),
);

/**
 * What customers will do, from tables that depend on the models alone. The library's own answers about many customers
 * depend in their last digits on the ages of the others; a customer who is scored alone after an order must get what
 * the night's scoring of everybody gives, to the last digit.
 */
export function orderValues(models: OrderModels, histories: Histories): OrderValues {
  const { size, frequency, age } = histories;
  const alive = orderModelOf(models.orders.model).probabilityAlive(models.orders, histories);
  const values: OrderValues = {
    alive,
    active: new Float64Array(size),
    expected: new Float64Array(size),
    discounted: new Float64Array(size),
  };
  const tables = tablesOf(models);
  const shares = new Float64Array(AGES.length);
  for (let row = 0; row < size; row++) {
    const table = tables(frequency[row]!);
    sharesAt(Math.min(age[row]!, OLDEST), shares);
    let [active, expected, discounted] = [0, 0, 0];
    for (let node = 0; node < shares.length; node++) {
      const share = shares[node]!;
      active += share * table.active[node]!;
      expected += share * table.expected[node]!;
      discounted += share * table.discounted[node]!;
    }
    values.active[row] = alive[row]! * Math.min(1, active);
    values.expected[row] = alive[row]! * expected;
    values.discounted[row] = alive[row]! * discounted;
  }
  return values;
}

/** What part the value at each node has in the value at an age; they add up to 1. */
function sharesAt(age: number, shares: Float64Array): void {
  const at = Math.log(BEND + age);
  let sum = 0;
  for (let node = 0; node < shares.length; node++) {
    const distance = at - places[node]!;
    if (distance === 0) {
      shares.fill(0);
      shares[node] = 1;
      return;
    }
    sum += shares[node] = weights[node]! / distance;
  }
  for (let node = 0; node < shares.length; node++) shares[node]! /= sum;
}

/** Tables of the models that were used last, by frequency; they are small. */
const known = new Map<string, Map<number, Table>>();
const MOST_KNOWN = 4;

function tablesOf({ orders, assumptions }: OrderModels): (frequency: number) => Table {
  const { model, parameters, unitDays } = orders;
  const { horizonDays, discountRate } = assumptions;
  const key = JSON.stringify([model, parameters, unitDays, horizonDays, discountRate]);
  const tables = known.get(key) ?? new Map<number, Table>();
  known.delete(key);
  known.set(key, tables);
  for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
  return (frequency) => {
    let table = tables.get(frequency);
    if (!table) tables.set(frequency, (table = tableOf({ orders, assumptions }, frequency)));
    return table;
  };
}

/** The library is asked about each age by itself: so few it computes one by one. */
function tableOf({ orders, assumptions }: Pick<OrderModels, 'orders' | 'assumptions'>, x: number): Table {
  const model = orderModelOf(orders.model);
  const ages = Int32Array.from(AGES);
  const histories: Histories = {
    size: ages.length,
    frequency: new Int32Array(ages.length).fill(x),
    // Who ordered just now is alive with a probability that can be divided by.
    recency: x > 0 ? ages : new Int32Array(ages.length),
    age: ages,
    weight: new Float64Array(ages.length).fill(1),
    periodDays: 1,
  };
  const fitted: Fitted = orders;
  const alive = model.probabilityAlive(fitted, histories);
  const given = (values: Float64Array) => values.map((value, node) => value / alive[node]!);
  return {
    active: given(model.probabilityActive(fitted, histories, assumptions.horizonDays)),
    expected: given(model.expectedOrders(fitted, histories, assumptions.horizonDays)),
    discounted: given(model.discountedOrders(fitted, histories, discountOf(assumptions))),
  };
}
