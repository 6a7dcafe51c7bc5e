import type { EventData, EventName } from '@perennial/events';
import { daysBetween } from '../scores/day.js';

export type FittedModels = EventData<'model.fitted'>;
export type Assumptions = FittedModels['assumptions'];
export type FitReason = FittedModels['reason'];
export type Population = FittedModels['population'];

/** What was decided about models and the day of the scores so far. */
export interface Models {
  /** The version in force. */
  current?: FittedModels;
  /** What all scores are computed for. */
  scored?: EventData<'scores.refreshed'>;
  /** A fit that failed after the version in force. */
  failed?: EventData<'model.fit.failed'>;
}

type Evolve = { [Name in EventName]?: (models: Models, data: EventData<Name>) => Models };

const evolve: Evolve = {
  'model.fitted': ({ scored }, data) => ({ scored, current: data }),
  'model.fit.failed': (models, data) => ({ ...models, failed: data }),
  'scores.refreshed': (models, data) => ({ ...models, scored: data }),
};

/** What follows from the stream of decisions. */
export const modelsAfter = (events: readonly { type: string; data: unknown }[]): Models =>
  events.reduce<Models>(
    (models, { type, data }) => evolve[type as 'model.fitted']?.(models, data as FittedModels) ?? models,
    {},
  );

export const DEFAULT_ASSUMPTIONS: Assumptions = {
  horizonDays: 365,
  discountRate: 0.1,
  marginRate: 1,
  elevatedRisk: 0.5,
  highRisk: 0.8,
  hysteresis: 0.05,
};

/** A fit is repeated when it is older than this, in days. */
const FIT_EVERY_DAYS = 7;
/** … or when there are this many times as many, or as few, of one of these. */
const DRIFT = 1.25;
const FIGURES = ['customers', 'orderDays', 'subscriptions', 'endedSubscriptions'] as const;

/** Whether the models are to be fitted to the orders up to a day, and why. */
export function fitReason(
  { current, failed }: Models,
  population: Pick<Population, (typeof FIGURES)[number]> & { currency: string; exchangeRates: number },
  asOf: string,
): FitReason | undefined {
  const { customers, subscriptions = 0 } = population;
  if (customers === 0 && subscriptions === 0) return undefined;
  // What failed on these very orders fails again, unless their values have become known, or are asked for in another currency.
  const { currency = population.currency, exchangeRates = 0 } = failed ?? {};
  if (failed?.asOf === asOf && currency === population.currency && exchangeRates === population.exchangeRates)
    return undefined;
  if (!current) return 'first';
  if (current.currency !== population.currency) return 'currency';
  const drifted = FIGURES.some((figure) => {
    const [now, then] = [population[figure] ?? 0, current.population[figure] ?? 0];
    return now !== then && (now >= DRIFT * then || now <= then / DRIFT);
  });
  if (drifted) return 'drift';
  return daysBetween(current.asOf, asOf) >= FIT_EVERY_DAYS ? 'schedule' : undefined;
}

/** What is decided when customers have grown a day older, or the models have changed. */
export function refreshDue(
  { current, scored }: Models,
  asOf: string,
): EventData<'scores.refreshed'> | undefined {
  if (!current) return undefined;
  if (scored?.asOf === asOf && scored.modelVersion === current.version) return undefined;
  return { asOf, modelVersion: current.version };
}

/** A company of which nothing is heard for longer than this is taken for data that end; in days. */
const SILENCE_OF_A_COMPANY = 90;

/** Of days in UTC. */
export const lastDayOver = (now: Date): string =>
  new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10);

/**
 * The day that scores are as of: the last day that is over, unless what is known ends long before it. Then they are
 * data of another time, and what would be told of them today is that all customers have left.
 */
export function scoringDay(now: Date, lastKnownDay: string): string {
  const yesterday = lastDayOver(now);
  return daysBetween(lastKnownDay, yesterday) > SILENCE_OF_A_COMPANY ? lastKnownDay : yesterday;
}
