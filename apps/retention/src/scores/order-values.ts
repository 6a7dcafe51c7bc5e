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

/** Of customers with some frequency who are alive, at the ages of a grid. */
type Table = Record<'active' | 'expected' | 'discounted', Float64Array>;

/** Beyond it a customer counts as being of this age, in days: forty years. */
const OLDEST = 14_610;
/** Values are smooth in ln(bend + age), in days: the bend is the shortest span of time in the model, at most this. */
const LARGEST_BEND = 30;
/** So many a factor e of bend + age: 32 for the largest bend. */
const INTERVALS = 5.2;

/** Ages at which tables are computed, in days, and how values between them follow. */
interface Grid {
  bend: number;
  ages: Float64Array;
  places: Float64Array;
  weights: Float64Array;
}

/** Chebyshev's points of the second kind in ln(bend + age); weights by Berrut, Trefethen 2004, Barycentric Lagrange interpolation, SIAM Review 46:3, eq. 3.2. */
function gridOf({ parameters: { alpha = Infinity, beta = Infinity }, unitDays }: Fitted): Grid {
  const bend = Math.min(LARGEST_BEND, unitDays * Math.min(alpha, beta));
  const [low, high] = [Math.log(bend), Math.log(bend + OLDEST)];
  const intervals = Math.round(INTERVALS * (high - low));
  const places = Float64Array.from(
    { length: intervals + 1 },
    (_, k) => (low + high - (high - low) * Math.cos((k * Math.PI) / intervals)) / 2,
  );
  const weights = places.map((at) =>
    places.reduce((product, other) => (other === at ? product : product / (at - other)), 1),
  );
  return { bend, ages: places.map((at) => Math.max(0, Math.exp(at) - bend)), places, weights };
}

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
  const { grid, tableOf } = tablesOf(models);
  const shares = new Float64Array(grid.places.length);
  for (let row = 0; row < size; row++) {
    const table = tableOf(frequency[row]!);
    sharesAt(Math.min(age[row]!, OLDEST), grid, shares);
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
function sharesAt(age: number, { bend, places, weights }: Grid, shares: Float64Array): void {
  const at = Math.log(bend + age);
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

interface Tables {
  grid: Grid;
  tableOf: (frequency: number) => Table;
}

/** Tables of the models that were used last, by frequency; they are small. */
const known = new Map<string, Tables>();
const MOST_KNOWN = 4;

function tablesOf(models: OrderModels): Tables {
  const { model, parameters, unitDays } = models.orders;
  const { horizonDays, discountRate } = models.assumptions;
  const key = JSON.stringify([model, parameters, unitDays, horizonDays, discountRate]);
  const tables = known.get(key) ?? newTables(models);
  known.delete(key);
  known.set(key, tables);
  for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
  return tables;
}

function newTables(models: OrderModels): Tables {
  const grid = gridOf(models.orders);
  const tables = new Map<number, Table>();
  return {
    grid,
    tableOf: (frequency) => {
      let table = tables.get(frequency);
      if (!table) tables.set(frequency, (table = computed(models, grid, frequency)));
      return table;
    },
  };
}

function computed({ orders, assumptions }: OrderModels, { ages }: Grid, x: number): Table {
  const model = orderModelOf(orders.model);
  const table: Table = {
    active: new Float64Array(ages.length),
    expected: new Float64Array(ages.length),
    discounted: new Float64Array(ages.length),
  };
  ages.forEach((days, node) => {
    const one = ofAge(days, x);
    const [alive] = model.probabilityAlive(orders, one);
    table.active[node] = model.probabilityActive(orders, one, assumptions.horizonDays)[0]! / alive!;
    table.expected[node] = model.expectedOrders(orders, one, assumptions.horizonDays)[0]! / alive!;
    table.discounted[node] = model.discountedOrders(orders, one, discountOf(assumptions))[0]! / alive!;
  });
  return table;
}

/** A customer as old as one period is long. Who ordered just now is alive with a probability that can be divided by. */
const ofAge = (days: number, x: number): Histories => ({
  size: 1,
  frequency: Int32Array.of(x),
  recency: Int32Array.of(x > 0 && days > 0 ? 1 : 0),
  age: Int32Array.of(days > 0 ? 1 : 0),
  weight: Float64Array.of(1),
  periodDays: days || 1,
});
