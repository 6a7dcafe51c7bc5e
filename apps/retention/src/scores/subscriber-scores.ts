import { compareIds } from '../models/holdout.js';
import type { FittedModels } from '../models/models.decider.js';
import { contractAt, type Contracts } from '../subscriptions/contracts.js';
import { bandOf, haveOrders, score, type Scores } from './score.js';
import { part, scoredOn, type Statistics } from './statistics.js';
import { subscriptionValues } from './subscription-values.js';

/** The part that subscriptions have in scores: one entry a customer who ever subscribed. */
export interface SubscriberParts {
  /** Subscriptions that run, those of which notice was given included. */
  readonly running: Int32Array;
  /** Those of them of which notice was given. */
  readonly ending: Int32Array;
  /** Days since the first one began. */
  readonly subscribedDays: Int32Array;
  /** Renewals of the running ones so far. */
  readonly renewals: Int32Array;
  /** Renewals expected within the horizon, and their worth; each discounted to the day: all that are still to come. */
  readonly expectedRenewals: Float64Array;
  readonly expectedValue: Float64Array;
  readonly lifetimeValue: Float64Array;
  /** Probability that none of them outlasts the horizon. */
  readonly risk: Float64Array;
}

/** Customers who ever subscribed: what they bought besides, and their contracts. */
export interface Subscribers {
  /** One row a customer; without order days of who never ordered. */
  readonly statistics: Statistics;
  readonly contracts: Contracts;
  /** Contracts of each row: from this one on, before that of the next row. */
  readonly firstContract: Int32Array;
}

/** Puts what customers bought beside their contracts; both, and the result, are in the sequence of their ids. */
export function subscribersOf(bought: Statistics, contracts: Contracts): Subscribers {
  const most = bought.size + contracts.size;
  const firstContract = new Int32Array(most + 1);
  const statistics = {
    customerId: Buffer.alloc(16 * most),
    firstDay: new Int32Array(most),
    lastDay: new Int32Array(most),
    orderDays: new Int32Array(most),
    value: new Float64Array(most),
    announced: new Int8Array(most),
    knownDay: new Int32Array(most),
  };
  let [size, row, contract] = [0, 0, 0];
  const isOf = ({ customerId }: Pick<Statistics, 'customerId'>, at: number) =>
    compareIds({ customerId }, at, statistics, size) === 0;
  for (; row < bought.size || contract < contracts.size; size++) {
    const isBuyer =
      contract === contracts.size || (row < bought.size && compareIds(bought, row, contracts, contract) <= 0);
    const [{ customerId }, at] = isBuyer ? [bought, row] : [contracts, contract];
    customerId.copy(statistics.customerId, 16 * size, 16 * at, 16 * at + 16);
    statistics.firstDay[size] = isBuyer ? bought.firstDay[row]! : contracts.startedDay[contract]!;
    statistics.lastDay[size] = isBuyer ? bought.lastDay[row]! : contracts.startedDay[contract]!;
    statistics.orderDays[size] = isBuyer ? bought.orderDays[row]! : 0;
    statistics.value[size] = isBuyer ? bought.value[row]! : 0;
    statistics.announced[size] = isBuyer ? bought.announced[row]! : contracts.announced[contract]!;
    firstContract[size] = contract;
    let known = statistics.lastDay[size]!;
    for (; contract < contracts.size && isOf(contracts, contract); contract++)
      known = Math.max(known, contracts.knownDay[contract]!);
    statistics.knownDay[size] = known;
    if (isBuyer) row++;
  }
  firstContract[size] = contracts.size;
  return partOf({ statistics: { size, ...statistics }, contracts, firstContract }, 0, size);
}

/** A part of the customers: the rows from one on, before another. */
export const partOf = (of: Subscribers, from: number, to: number): Subscribers => ({
  statistics: part(of.statistics, from, to),
  contracts: of.contracts,
  firstContract: of.firstContract.subarray(from, to + 1),
});

/**
 * Scores customers who ever subscribed as of a day (since 1970), by their orders and by their subscriptions. Values of
 * both are added; who has left has done so with both, and each of them is taken to end by itself. Bounds are added,
 * too, which makes the interval of several parts wider than need be. Pure.
 */
export function scoreSubscribers(of: Subscribers, models: FittedModels, asOf: number): Scores {
  const { statistics, contracts, firstContract } = of;
  const scores = orderPart(statistics, models, asOf);
  const { size, announced } = statistics;
  const parts: SubscriberParts = {
    running: new Int32Array(size),
    ending: new Int32Array(size),
    subscribedDays: new Int32Array(size),
    renewals: new Int32Array(size),
    expectedRenewals: new Float64Array(size),
    expectedValue: new Float64Array(size),
    lifetimeValue: new Float64Array(size),
    risk: new Float64Array(size).fill(1),
  };
  const valueOf = subscriptionValues(models);
  const valueSoFar = scores.valueSoFar.slice();
  for (let row = 0; row < size; row++) {
    for (let each = firstContract[row]!; each < firstContract[row + 1]!; each++) {
      const contract = contractAt(contracts, each);
      const value = valueOf(contract, scores.day[row]!);
      const { renewals, expectedRenewals, fee } = value;
      valueSoFar[row]! += value.valueSoFar;
      parts.subscribedDays[row] = Math.max(
        parts.subscribedDays[row]!,
        scores.day[row]! - contract.startedDay,
      );
      if (!value.running) continue;
      parts.running[row]!++;
      parts.ending[row]! += Number(value.ending);
      parts.renewals[row]! += renewals;
      parts.expectedRenewals[row]! += expectedRenewals;
      parts.expectedValue[row]! += expectedRenewals * fee;
      parts.lifetimeValue[row]! += value.lifetimeValue;
      parts.risk[row]! *= 1 - value.survival;
      scores.value.low[row]! += value.low * fee;
      scores.value.high[row]! += value.high * fee;
    }
    scores.expectedValue[row]! += parts.expectedValue[row]!;
    scores.lifetimeValue[row]! += parts.lifetimeValue[row]!;
    scores.churnRisk[row]! *= parts.risk[row]!;
    scores.band[row] = bandOf(scores.churnRisk[row]!, announced[row]!, models.assumptions);
  }
  return { ...scores, valueSoFar, subscriptions: parts };
}

/** Scores by orders alone; of who never ordered nothing is expected by them. */
function orderPart(statistics: Statistics, models: FittedModels, asOf: number): Scores {
  const { size, orderDays, value } = statistics;
  const ordered = Int32Array.from(orderDays.keys()).filter(
    (row) => haveOrders(models) && orderDays[row]! > 0,
  );
  const none = (of = 0) => new Float64Array(size).fill(of);
  const scores: Scores = {
    day: Int32Array.from({ length: size }, (_, row) => scoredOn(statistics, row, asOf)),
    valueSoFar: value.slice(),
    expectedValue: none(),
    value: { low: none(), high: none() },
    lifetimeValue: none(),
    churnRisk: none(1),
    band: new Int8Array(size),
    frequency: new Int32Array(size).fill(-1),
    recency: new Int32Array(size),
    age: new Int32Array(size),
    alive: none(NaN),
    active: none(),
    expectedOrders: none(),
    orders: { low: none(), high: none() },
    averageValue: none(NaN),
  };
  if (!haveOrders(models) || ordered.length === 0) return scores;
  const byOrders = score(rowsOf(statistics, ordered), models, asOf);
  const place = (to: Float64Array | Int32Array, from: Float64Array | Int32Array) =>
    ordered.forEach((row, at) => (to[row] = from[at]!));
  for (const column of [
    'expectedValue',
    'lifetimeValue',
    'churnRisk',
    'frequency',
    'recency',
    'age',
    'alive',
    'active',
    'expectedOrders',
    'averageValue',
  ] as const)
    place(scores[column], byOrders[column]);
  for (const bound of ['low', 'high'] as const) {
    place(scores.orders[bound], byOrders.orders[bound]);
    place(scores.value[bound], byOrders.value[bound]);
  }
  return scores;
}

function rowsOf(of: Statistics, rows: Int32Array): Statistics {
  const pick = (column: Int32Array) => rows.map((row) => column[row]!);
  return {
    size: rows.length,
    customerId: Buffer.concat(Array.from(rows, (row) => of.customerId.subarray(row * 16, row * 16 + 16))),
    firstDay: pick(of.firstDay),
    lastDay: pick(of.lastDay),
    orderDays: pick(of.orderDays),
    value: Float64Array.from(rows, (row) => of.value[row]!),
    announced: Int8Array.from(rows, (row) => of.announced[row]!),
    ...(of.knownDay && { knownDay: pick(of.knownDay) }),
  };
}
