import type { Fit, FitOptions, Fitted, Parameters, Prior } from '../fits/fit.js';
import { estimate, type LogLikelihood } from '../fits/maximum-likelihood.js';
import { cellsOf } from '../histories/cells.js';
import { grouped } from '../histories/grouped.js';
import { customersOf, type Histories } from '../histories/histories.js';

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
  /** The probability that the customer has not gone for ever. */
  probabilityAlive(fitted: Fitted, histories: Histories): Float64Array;
  /** The probability of at least one order in the next `horizonDays`: what churn risk is the complement of. */
  probabilityActive(fitted: Fitted, histories: Histories, horizonDays: number): Float64Array;
  /** Orders expected in the next `horizonDays`. */
  expectedOrders(fitted: Fitted, histories: Histories, horizonDays: number): Float64Array;
  /** Repeat orders expected of somebody new, in `horizonDays` after the first order. */
  expectedOrdersOfNew(fitted: Fitted, horizonDays: number): number;
}

/** What distinguishes one model from another. Times are in units of the parameters. */
export interface OrderModelDefinition {
  name: string;
  title: string;
  source: string;
  parameterNames: readonly string[];
  /** Those that are spans of time. */
  timeParameters: readonly string[];
  prior: Prior;
  starts(histories: Histories, unitDays: number): Parameters[];
  logLikelihood(histories: Histories, unitDays: number): LogLikelihood;
  /** The logarithm of the odds that each customer has gone; -Infinity: is surely alive. */
  logOddsGone(parameters: Parameters, histories: Histories, unitDays: number): Float64Array;
  /** What customers will do who are alive. */
  alive(parameters: Parameters): Alive;
  /** The probability that somebody who ordered once just now ever could again. */
  probabilityNewAlive(parameters: Parameters): number;
}

/** Of a customer with this frequency and age who is alive. */
export interface Alive {
  expectedOrders(frequency: number, age: number, horizon: number): number;
  /** The probability of no order in the horizon. */
  idle(frequency: number, age: number, horizon: number): number;
}

/** Below so many repeat buyers the likelihood alone says too little. */
export const FEW_REPEAT_BUYERS = 50;

export function orderModel(definition: OrderModelDefinition): OrderModel {
  const { name, title, source, parameterNames } = definition;

  function probabilityAlive({ parameters, unitDays }: Fitted, histories: Histories): Float64Array {
    const probability = definition.logOddsGone(parameters, histories, unitDays);
    for (let row = 0; row < probability.length; row++)
      probability[row] = 1 / (1 + Math.exp(probability[row]!));
    return probability;
  }

  /** The probability to be alive times what depends on frequency and age alone, computed once for each pair. */
  function ofAlive(
    fitted: Fitted,
    histories: Histories,
    value: (alive: Alive, frequency: number, age: number) => number,
  ): Float64Array {
    const { of, frequency, age } = cellsOf(histories);
    const alive = definition.alive(fitted.parameters);
    const units = histories.periodDays / fitted.unitDays;
    const values = new Float64Array(frequency.length);
    for (let cell = 0; cell < values.length; cell++)
      values[cell] = value(alive, frequency[cell]!, age[cell]! * units);
    const result = probabilityAlive(fitted, histories);
    for (let row = 0; row < result.length; row++) result[row]! *= values[of[row]!]!;
    return result;
  }

  return {
    name,
    title,
    source,
    parameterNames,
    fit(histories, { unitDays = 7, prior = 'auto', start, maxEvaluations = 300 } = {}) {
      const rows = grouped(histories);
      return estimate({
        model: name,
        parameterNames,
        timeParameters: definition.timeParameters,
        logLikelihood: definition.logLikelihood(rows, unitDays),
        customers: customersOf(rows),
        unitDays,
        starts: [...(start ? [start] : []), ...definition.starts(rows, unitDays)],
        prior: priorOf(prior, rows),
        maxEvaluations,
      });
    },
    probabilityAlive,
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
    expectedOrdersOfNew: ({ parameters, unitDays }, horizonDays) =>
      definition.probabilityNewAlive(parameters) *
      definition.alive(parameters).expectedOrders(0, 0, horizonDays / unitDays),
  };

  function priorOf(wanted: 'auto' | 'none' | Prior, { frequency, weight }: Histories): Prior | null {
    if (typeof wanted === 'object') return wanted;
    if (wanted === 'none') return null;
    let repeatBuyers = 0;
    for (let row = 0; row < frequency.length; row++) if (frequency[row]! > 0) repeatBuyers += weight[row]!;
    return repeatBuyers < FEW_REPEAT_BUYERS ? definition.prior : null;
  }
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
