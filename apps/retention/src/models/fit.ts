import {
  evaluateHoldout,
  orderModelOf,
  totalValueRange,
  type Fit,
  type HoldoutReport,
  type OrderModel,
  type RecalibrationReport,
} from '@perennial/lifetime-value';
import { dayOf } from '../scores/day.js';
import { discountOf } from '../scores/discount.js';
import { spendOf } from '../scores/score.js';
import { historiesOf, type Statistics } from '../scores/statistics.js';
import { NEVER, type Contracts } from '../subscriptions/contracts.js';
import { described } from './described-fit.js';
import { resultOf, tenthsOf } from './holdout-result.js';
import { without, type Outliers } from './outliers.js';
import { fitOrders, fitSpend, isSound } from './sound-fit.js';
import { fitSubscriptions, type ContractHoldout } from './subscription-fit.js';
import type { Assumptions, FitReason, FittedModels } from './models.decider.js';

export interface FitBasis {
  /** Customers with orders up to the data cut. */
  statistics: Statistics;
  /** Data cut: number of the day since 1970, and the day itself. */
  day: number;
  asOf: string;
  reason: FitReason;
  version: number;
  assumptions: Assumptions;
  currency?: string;
  /** Customers whom the models do not learn from. */
  outliers?: Outliers;
  /** A period that is kept from the models to see how well they foretell it; undefined where days are too few. */
  holdout?: Holdout;
  /** Subscriptions up to the data cut; undefined: there are none. */
  contracts?: Contracts;
  contractHoldout?: ContractHoldout;
  /** The version in force, whose parameters the search begins at. */
  before?: FittedModels;
}

/** Models in continuous time; in others an order is a yes or no at each of a few opportunities. */
const candidates = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'].map(orderModelOf);

/** Fits the models and says what came out of it. Pure; whatever the sequence of the customers, the same to the last bit. Throws an Error that says why nothing could be fitted. */
export function fitModels(basis: FitBasis): FittedModels {
  const { statistics, day, asOf, reason, version, assumptions, currency, before } = basis;
  const { contracts, contractHoldout, outliers } = basis;
  if (statistics.size === 0 && !contracts?.size)
    throw new Error(`No customer has an order or a subscription up to ${asOf}.`);
  return {
    version,
    asOf,
    reason,
    population: { ...populationOf(statistics), ...(contracts && subscriptionsOf(contracts)) },
    assumptions,
    ...(currency && { currency }),
    ...(outliers?.rows.length && { outliers: { early: outliers.early, dear: outliers.dear } }),
    ...(statistics.size > 0 && fitToOrders(basis)),
    ...(contracts?.size && {
      subscriptions: fitSubscriptions({
        contracts,
        day,
        holdout: contractHoldout,
        inForce: before?.subscriptions,
      }),
    }),
  };
}

function fitToOrders({ statistics: all, outliers, day, before, holdout, assumptions }: FitBasis) {
  const statistics = outliers ? without(all, outliers.rows) : all;
  const report = holdout && evaluate(holdout);
  const histories = historiesOf(statistics, day);
  const fitOne = (model: OrderModel) =>
    fitOrders(model, histories, before?.orders?.model === model.name ? before.orders.parameters : undefined);
  const fit = report?.chosen ? firstSound(byHoldout(report), fitOne) : best(candidates.map(fitOne));
  const spent = spendOf(statistics);
  const spend = fitSpend(spent);
  const range = totalValueRange({ orders: fit, spend }, { histories, spend: spent }, discountOf(assumptions));
  return {
    orders: described({ ...fit, problems: [...fit.problems, ...(outliers?.reasons ?? [])] }),
    ...(spend && { spend: described(spend), spendCorrelation: spend.correlation }),
    averageValue: averageValue(statistics),
    ...(range && { lifetimeValueRange: range }),
    ...(fit.prior && { prior: priorInWords(fit) }),
    ...(report?.recalibration && report.chosen === fit.model && correctionOf(report.recalibration)),
    ...(report && holdout && { holdout: reportOf(report, holdout) }),
  };
}

/** The one that was chosen, then the others, those first that foretold better. */
function byHoldout({ models, chosen }: HoldoutReport): OrderModel[] {
  const ranked = [...models].sort(
    (one, other) =>
      Number(other.name === chosen) - Number(one.name === chosen) || one.deviance - other.deviance,
  );
  return ranked.map(({ name }) => orderModelOf(name));
}

/** What foretold well up to the holdout may lead nowhere with the days since. */
function firstSound(models: readonly OrderModel[], fitOne: (model: OrderModel) => Fit): Fit {
  const fits: Fit[] = [];
  for (const model of models) {
    const fit = fitOne(model);
    if (isSound(fit)) return fit;
    fits.push(fit);
  }
  return best(fits);
}

/**
 * The one for few customers, whom all explain about as well: by it they can leave after any order, so that who came once
 * is not held for surer to come than who came back.
 */
const OF_FEW = 'mbg-nbd';

/** The likeliest of those that ended at a maximum, without a prior where there is one. */
function best(fits: readonly Fit[]): Fit {
  const isOfFew = ({ prior, model }: Fit) => prior !== null && model === OF_FEW;
  const [first] = [...fits].sort(
    (one, other) =>
      Number(isSound(other)) - Number(isSound(one)) ||
      Number(one.prior !== null) - Number(other.prior !== null) ||
      Number(isOfFew(other)) - Number(isOfFew(one)) ||
      other.logLikelihood - one.logLikelihood,
  );
  if (!first || !isSound(first))
    throw new Error(fits.flatMap(({ problems }) => problems).join(' ') || 'No model could be fitted.');
  return first;
}

/** Customers up to a day, and what they did in the days after it. */
export interface Holdout {
  statistics: Statistics;
  /** Last day that the models know, since 1970. */
  day: number;
  /** Last day of the period that is foretold. */
  until: number;
  /** Order days of each customer in it. */
  actual: Float64Array;
}

function evaluate({ statistics, day, until, actual }: Holdout): HoldoutReport {
  const histories = historiesOf(statistics, day);
  const fits = candidates.map((model) => fitOrders(model, histories));
  return evaluateHoldout(fits, histories, actual, until - day);
}

/** It is of the model that was chosen: another one, where that one led nowhere, is off by something else. */
function correctionOf({
  recalibration,
  corrected,
  gain,
  gainError,
}: RecalibrationReport): Pick<FittedModels, 'chanceCorrection'> {
  return {
    chanceCorrection: {
      ...recalibration,
      gain,
      gainError,
      brierScore: corrected.brierScore,
      calibrationError: corrected.calibrationError,
      calibration: tenthsOf(corrected.tenths),
    },
  };
}

function reportOf(
  { models, baselines, orders, customers }: HoldoutReport,
  { day, until }: Holdout,
): FittedModels['holdout'] {
  return {
    from: dayOf(day + 1),
    until: dayOf(until),
    customers,
    actual: orders,
    results: [
      ...models.map((row) =>
        resultOf(row.name, row, {
          naive: false,
          chances: { brierScore: row.brierScore, tenths: row.activeCalibration },
        }),
      ),
      ...baselines.map((row) => resultOf(row.name, row, { naive: true })),
    ],
  };
}

function subscriptionsOf({ size, endsDay }: Contracts): Partial<FittedModels['population']> {
  let endedSubscriptions = 0;
  for (let row = 0; row < size; row++) if (endsDay[row] !== NEVER) endedSubscriptions++;
  return { subscriptions: size, endedSubscriptions };
}

export function populationOf({ size, orderDays }: Statistics): FittedModels['population'] {
  let repeatCustomers = 0;
  let days = 0;
  for (const each of orderDays) {
    if (each > 1) repeatCustomers++;
    days += each;
  }
  return { customers: size, repeatCustomers, orderDays: days };
}

/** Added up by rising value: the sum must not depend on the sequence of customers. */
function averageValue({ value, orderDays }: Statistics): number {
  let [sum, days] = [0, 0];
  for (const each of value.slice().sort()) sum += each;
  for (const each of orderDays) days += each;
  return days > 0 ? sum / days : 0;
}

function priorInWords({ prior, model }: Fit): string {
  const { center, unitDays, spread } = prior!;
  const around = Object.entries(center)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return `The orders alone do not determine the model (customers are few, or alike): ${orderModelOf(model).title} leans on a weak prior around ${around} (time in units of ${unitDays} days), each within a factor of ${Math.round(Math.exp(1.96 * spread))} either way.`;
}
