import type { Fit, FitOptions, Fitted, Parameters, Prior } from '../fits/fit.js';
import { estimate, type LogLikelihood } from '../fits/maximum-likelihood.js';
import { cellsOf } from '../histories/cells.js';
import { grouped, largest } from '../histories/grouped.js';
import { customersOf, rowsOf, type Histories } from '../histories/histories.js';
import { valuesAt } from '../numerics/interpolation.js';
import { cumulative } from './counts.js';
import { dailyRate } from './discounting.js';

/**
 * A model of when customers order and when they silently stay away for ever. All answers have one entry a
 * row of the histories. Horizons are in days.
 */
export interface OrderModel {
  readonly name: string;
  /** As its authors call it. */
  readonly title: string;
  /** Where the formulas stand. */
  readonly source: string;
  readonly parameterNames: readonly string[];
  /** Never throws for what the data are; what a reader must know stands in `problems`. */
  fit(histories: Histories, options?: FitOptions): Fit;
  /** The probability that the customer has not gone for ever. The other answers rest on the same array: it is not to be changed. */
  probabilityAlive(fitted: Fitted, histories: Histories): Float64Array;
  /** The probability of at least one order in the next `horizonDays`: what churn risk is the complement of. */
  probabilityActive(fitted: Fitted, histories: Histories, horizonDays: number): Float64Array;
  /** Orders expected in the next `horizonDays`. */
  expectedOrders(fitted: Fitted, histories: Histories, horizonDays: number): Float64Array;
  /** Orders expected, each discounted to today; without `horizonDays` all that will ever come. */
  discountedOrders(fitted: Fitted, histories: Histories, discount: Discount): Float64Array;
  /**
   * Between how many orders the next `horizonDays` bring with probability `level` (default 0.8), equal tails:
   * from what is known of the customer, given the parameters.
   */
  ordersInterval(fitted: Fitted, histories: Histories, horizonDays: number, level?: number): Interval;
  /** Shorter horizons hold no occasion to order: a whole period where time is discrete, 0 elsewhere. */
  shortestHorizonDays(fitted: Fitted): number;
  /** Repeat orders expected of somebody new, in `horizonDays` after the first order. */
  expectedOrdersOfNew(fitted: Fitted, horizonDays: number): number;
  /** The same, discounted to the day of the first order. */
  discountedOrdersOfNew(fitted: Fitted, discount: Discount): number;
}

export interface Discount {
  /** Such as 0.1 for 10 % a year, effective. Above 0 without a horizon. */
  annualDiscountRate: number;
  /** Default: no end. */
  horizonDays?: number;
}

export interface Interval {
  low: Float64Array;
  high: Float64Array;
}

/** What distinguishes one model from another. Times are in units of the parameters. */
export interface OrderModelDefinition {
  name: string;
  title: string;
  source: string;
  parameterNames: readonly string[];
  /** Those that are spans of time. */
  timeParameters: readonly string[];
  /** Added where there are few repeat buyers: around the published fits of CDNOW, rounded. */
  prior: Prior;
  starts(histories: Histories, unitDays: number): Parameters[];
  logLikelihood(histories: Histories, unitDays: number): LogLikelihood;
  /** The probability that each customer has not gone. */
  probabilityAlive(parameters: Parameters, histories: Histories, unitDays: number): Float64Array;
  /** What customers will do who are alive. */
  alive(parameters: Parameters): Alive;
  /** The probability that somebody who ordered once just now ever could again. */
  probabilityNewAlive(parameters: Parameters): number;
  /**
   * The shortest span of time in the model: what `alive` says is smooth in ln(span + age) over any ages. Undefined
   * where time is discrete.
   */
  shortestTime?(parameters: Parameters): number;
}

/** Of a customer with this frequency and age who is alive. */
export interface Alive {
  expectedOrders(frequency: number, age: number, horizon: number): number;
  /** Discounted at a rate per unit of time, compounded continuously. The horizon may be infinite. */
  discountedOrders(frequency: number, age: number, rate: number, horizon: number): number;
  /** The probability of no order in the horizon. */
  idle(frequency: number, age: number, horizon: number): number;
  /** The probabilities of 0 to `most` orders in the horizon. */
  counts(frequency: number, age: number, horizon: number, most: number): Float64Array;
}

/** Below so many repeat buyers the likelihood alone says too little. */
export const FEW_REPEAT_BUYERS = 50;

export function orderModel(definition: OrderModelDefinition): OrderModel {
  const { name, title, source, parameterNames } = definition;

  const known = new WeakMap<Fitted, WeakMap<Histories, Float64Array>>();
  const distributions = new WeakMap<Fitted, Distributions>();

  /** Computed once for all scores of the same customers by the same fit; not to be changed. */
  function aliveOf(fitted: Fitted, histories: Histories): Float64Array {
    let ofFitted = known.get(fitted);
    if (!ofFitted) known.set(fitted, (ofFitted = new WeakMap()));
    let probability = ofFitted.get(histories);
    if (!probability) {
      probability = definition.probabilityAlive(fitted.parameters, histories, fitted.unitDays);
      ofFitted.set(histories, probability);
    }
    return probability;
  }

  /** The probability to be alive times what depends on frequency and age alone. */
  function ofAlive(fitted: Fitted, histories: Histories, value: AliveValue): Float64Array {
    const values = valuesOfCells(definition, fitted, histories, value);
    return timesOfCells(aliveOf(fitted, histories), values, cellsOf(histories).of);
  }

  const discountedBy =
    ({ unitDays }: Fitted, { annualDiscountRate, horizonDays = Infinity }: Discount): AliveValue =>
    (alive, frequency, age) => {
      if (!(annualDiscountRate >= 0)) throw new RangeError('The discount rate must be 0 or above.');
      if (annualDiscountRate === 0 && horizonDays === Infinity) {
        throw new RangeError('Without a horizon the discount rate must be above 0.');
      }
      const rate = dailyRate(annualDiscountRate) * unitDays;
      return alive.discountedOrders(frequency, age, rate, horizonDays / unitDays);
    };

  return {
    name,
    title,
    source,
    parameterNames,
    fit: (histories, options) => fitOrders(definition, histories, options),
    probabilityAlive: aliveOf,
    probabilityActive: (fitted, histories, horizonDays) =>
      ofAlive(
        fitted,
        histories,
        (alive, frequency, age) => 1 - alive.idle(frequency, age, horizonDays / fitted.unitDays),
      ),
    expectedOrders: (fitted, histories, horizonDays) =>
      ofAlive(fitted, histories, (alive, frequency, age) =>
        alive.expectedOrders(frequency, age, horizonDays / fitted.unitDays),
      ),
    discountedOrders: (fitted, histories, discount) =>
      ofAlive(fitted, histories, discountedBy(fitted, discount)),
    ordersInterval: (fitted, histories, horizonDays, level = 0.8) => {
      let ofFitted = distributions.get(fitted);
      if (ofFitted?.horizonDays !== horizonDays || ofFitted.level !== level) {
        ofFitted = new Distributions(definition, fitted, horizonDays, level);
        distributions.set(fitted, ofFitted);
      }
      return ordersInterval(ofFitted, histories, aliveOf(fitted, histories));
    },
    shortestHorizonDays: ({ unitDays }) => (definition.shortestTime ? 0 : unitDays),
    expectedOrdersOfNew: ({ parameters, unitDays }, horizonDays) =>
      definition.probabilityNewAlive(parameters) *
      definition.alive(parameters).expectedOrders(0, 0, horizonDays / unitDays),
    discountedOrdersOfNew: (fitted, discount) =>
      definition.probabilityNewAlive(fitted.parameters) *
      discountedBy(fitted, discount)(definition.alive(fitted.parameters), 0, 0),
  };
}

function timesOfCells(factors: Float64Array, values: Float64Array, of: Int32Array): Float64Array {
  const result = new Float64Array(factors.length);
  for (let row = 0; row < result.length; row++) result[row] = factors[row]! * values[of[row]!]!;
  return result;
}

type AliveValue = (alive: Alive, frequency: number, age: number) => number;

/** A value of each cell: computed at some ages and interpolated where a frequency has many. */
function valuesOfCells(
  definition: OrderModelDefinition,
  { parameters, unitDays }: Fitted,
  histories: Histories,
  value: AliveValue,
): Float64Array {
  const { age, ofFrequency } = cellsOf(histories);
  const alive = definition.alive(parameters);
  const units = histories.periodDays / unitDays;
  const shortest = definition.shortestTime?.(parameters);
  const values = new Float64Array(age.length);
  for (const [frequency, cells] of ofFrequency) {
    if (shortest === undefined) {
      for (const cell of cells) values[cell] = value(alive, frequency, age[cell]! * units);
      continue;
    }
    const points = Float64Array.from(cells, (cell) => Math.log(shortest + age[cell]! * units));
    const found = valuesAt(points, (at) => value(alive, frequency, Math.max(0, Math.exp(at) - shortest)));
    for (let index = 0; index < cells.length; index++) values[cells[index]!] = found[index]!;
  }
  return values;
}

/** No customer's interval is looked for above. */
const MOST_ORDERS = 8_192;
/** So many distributions are kept: some megabytes. */
const MOST_KNOWN = 20_000;

/** Of the orders of customers who are alive, up to where an interval ends. Kept: those asked about next are like these. */
class Distributions {
  private readonly known = new Map<string, Float64Array>();
  private readonly alive: Alive;
  private readonly horizon: number;
  readonly upper: number;

  constructor(
    definition: OrderModelDefinition,
    private readonly fitted: Fitted,
    readonly horizonDays: number,
    readonly level: number,
  ) {
    if (!(level > 0 && level < 1)) throw new RangeError('The level must be between 0 and 1.');
    this.alive = definition.alive(fitted.parameters);
    this.horizon = horizonDays / fitted.unitDays;
    this.upper = (1 + level) / 2;
  }

  /** The probabilities of at most 0, 1, … orders. */
  of(frequency: number, ageDays: number): Float64Array {
    const key = `${frequency} ${ageDays}`;
    let sums = this.known.get(key);
    if (!sums) {
      if (this.known.size === MOST_KNOWN) this.known.clear();
      this.known.set(key, (sums = this.compute(frequency, ageDays / this.fitted.unitDays)));
    }
    return sums;
  }

  private compute(frequency: number, age: number): Float64Array {
    for (let most = 16; ; most *= 2) {
      const sums = cumulative(this.alive.counts(frequency, age, this.horizon, most));
      if (sums[most]! >= this.upper || most >= MOST_ORDERS) return sums;
    }
  }
}

function ordersInterval(
  distributions: Distributions,
  histories: Histories,
  probabilityAlive: Float64Array,
): Interval {
  const { of, frequency, age } = cellsOf(histories);
  const { upper } = distributions;
  const sumsOf = Array.from(frequency, (x, cell) => distributions.of(x, age[cell]! * histories.periodDays));
  const quantile = (row: number, probability: number) => {
    // Whoever is not alive orders 0 times.
    const p = probabilityAlive[row]!;
    const needed = (probability - (1 - p)) / p;
    const sums = sumsOf[of[row]!]!;
    let orders = 0;
    while (orders < sums.length - 1 && sums[orders]! < needed) orders++;
    return orders;
  };
  const [low, high] = [new Float64Array(histories.size), new Float64Array(histories.size)];
  for (let row = 0; row < histories.size; row++) {
    low[row] = quantile(row, 1 - upper);
    high[row] = quantile(row, upper);
  }
  return { low, high };
}

function fitOrders(definition: OrderModelDefinition, histories: Histories, options: FitOptions = {}): Fit {
  const { prior = 'auto', start, maxEvaluations = 300 } = options;
  // Discrete time is counted in its own periods.
  const unitDays = definition.shortestTime ? (options.unitDays ?? 7) : histories.periodDays;
  const rows = grouped(histories);
  const starts = [...(start ? [start] : []), ...definition.starts(rows, unitDays)];
  const estimation = (of: Histories, near?: Fit): Fit =>
    estimate({
      model: definition.name,
      parameterNames: definition.parameterNames,
      timeParameters: definition.timeParameters,
      logLikelihood: definition.logLikelihood(of, unitDays),
      customers: customersOf(of),
      unitDays,
      starts,
      near,
      prior: priorOf(prior, of, definition.prior),
      scarce: typeof prior === 'object' ? undefined : 'repeat buyers',
      maxEvaluations,
    });
  // Most of the way is found on a sample of the rows.
  const fit = estimation(rows, rows.size < 2 * SAMPLE ? undefined : estimation(sampleOf(rows, SAMPLE)));
  if (rows.size === 0 || largest(rows.age) > 0) return fit;
  const problem = `Nobody has been known for a whole period (days: ${rows.periodDays}): nothing tells who orders again.`;
  return { ...fit, problems: [problem, ...fit.problems] };
}

/** So many rows show the way to the maximum of more of them. */
const SAMPLE = 20_000;

/** Every so-manieth row, until there are about `count`. */
function sampleOf(all: Histories, count: number): Histories {
  const every = Math.floor(all.size / count);
  return rowsOf(
    all,
    Uint32Array.from({ length: Math.ceil(all.size / every) }, (_, at) => at * every),
  );
}

function priorOf(
  wanted: 'auto' | 'none' | Prior,
  { frequency, weight }: Histories,
  weak: Prior,
): Prior | null {
  if (typeof wanted === 'object') return wanted;
  if (wanted === 'none') return null;
  let repeatBuyers = 0;
  for (let row = 0; row < frequency.length; row++) if (frequency[row]! > 0) repeatBuyers += weight[row]!;
  return repeatBuyers < FEW_REPEAT_BUYERS ? weak : null;
}

/** Repeat orders per unit of time of the whole population; above 0 also where nobody came back. */
export function meanRate({ frequency, age, weight, periodDays, size }: Histories, unitDays: number): number {
  let orders = 0.5;
  let time = 1;
  for (let row = 0; row < size; row++) {
    orders += weight[row]! * frequency[row]!;
    time += weight[row]! * age[row]!;
  }
  return (orders * unitDays) / (time * periodDays);
}
