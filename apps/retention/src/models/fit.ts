import { orderModelOf, orderModels, type Fit } from '@perennial/lifetime-value';
import { historiesOf, type Statistics } from '../scores/statistics.js';
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
  /** The version in force, whose parameters the search begins at. */
  before?: FittedModels;
}

/** Fits the models and says what came out of it. Pure. Throws an Error that says why nothing could be fitted. */
export function fitModels(basis: FitBasis): FittedModels {
  const { statistics, day, asOf, reason, version, assumptions, currency, before } = basis;
  if (statistics.size === 0) throw new Error(`No customer has an order up to ${asOf}.`);
  const histories = historiesOf(statistics, day);
  const fits = Object.values(orderModels).map((model) =>
    model.fit(histories, {
      start: before?.orders.model === model.name ? before.orders.parameters : undefined,
    }),
  );
  const fit = best(fits);
  return {
    version,
    asOf,
    reason,
    population: populationOf(statistics),
    assumptions,
    ...(currency && { currency }),
    orders: described(fit),
    averageValue: averageValue(statistics),
    ...(fit.prior && { prior: priorInWords(fit) }),
  };
}

/** The likeliest of those that ended at a maximum. */
function best(fits: readonly Fit[]): Fit {
  const usable = fits.filter(({ parameters }) => Object.values(parameters).every(Number.isFinite));
  const [first] = usable.sort(
    (one, other) =>
      Number(other.converged) - Number(one.converged) || other.logLikelihood - one.logLikelihood,
  );
  if (!first)
    throw new Error(fits.flatMap(({ problems }) => problems).join(' ') || 'No model could be fitted.');
  return first;
}

function described(fit: Fit): FittedModels['orders'] {
  const { model, parameters, unitDays, standardErrors, covariance, logLikelihood, converged, problems } = fit;
  return {
    model,
    parameters,
    unitDays,
    ...(standardErrors && { standardErrors }),
    ...(covariance && { covariance }),
    logLikelihood,
    converged,
    problems,
  };
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

function averageValue({ value, orderDays }: Statistics): number {
  let [sum, days] = [0, 0];
  value.forEach((each, row) => {
    sum += each;
    days += orderDays[row]!;
  });
  return days > 0 ? sum / days : 0;
}

function priorInWords({ prior, model }: Fit): string {
  const { center, unitDays, spread } = prior!;
  const around = Object.entries(center)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return `Customers are too few for the likelihood alone: ${orderModelOf(model).title} leans on a weak prior around ${around} (time in units of ${unitDays} days), each within a factor of ${Math.round(Math.exp(1.96 * spread))} either way.`;
}
