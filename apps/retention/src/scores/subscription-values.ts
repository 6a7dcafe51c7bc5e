import { sbg, type Fitted } from '@perennial/lifetime-value';
import type { FittedModels } from '../models/models.decider.js';
import {
  nextRenewalAfter,
  NEVER,
  renewalsBy,
  renewalsDue,
  type Contract,
} from '../subscriptions/contracts.js';
import { END_WITHOUT_DISCOUNT } from './discount.js';

/** What is expected of one subscription from a day on. */
export interface SubscriptionValue {
  running: boolean;
  /** Whether notice was given: what is still renewed, if anything, is certain. */
  ending: boolean;
  /** Renewals so far. */
  renewals: number;
  /** Days until the next renewal is due; 0 where it is overdue. */
  dueInDays: number;
  /** Probability that the next renewal comes. */
  retentionRate: number;
  /** Probability that it still runs at the end of the horizon. */
  survival: number;
  /** Renewals expected within the horizon, and between how many it will be with a probability of 80 %. */
  expectedRenewals: number;
  low: number;
  high: number;
  /** Worth of one period. */
  fee: number;
  /** Worth of all renewals still to come, discounted to the day. */
  lifetimeValue: number;
  /** Worth of all periods so far. */
  valueSoFar: number;
}

/** Probability that lies outside of the intervals, on either side. */
const TAIL = 0.1;
const DAYS_OF_A_YEAR = 365.25;
/** Renewals are due on whole days. */
const HALF_A_DAY = 0.5;

/** The yearly rate as one of continuous compounding per day. */
const dailyRate = (discountRate: number) => Math.log1p(discountRate) / DAYS_OF_A_YEAR;

/** Values subscriptions as of days by a version of the models. Pure. */
export function subscriptionValues({ subscriptions = [], assumptions }: FittedModels) {
  const { horizonDays, discountRate } = assumptions;
  const daily = dailyRate(discountRate);
  const terms = new Map<number, Term>();
  const termOf = (periodDays: number): Term => {
    let term = terms.get(periodDays);
    if (!term) terms.set(periodDays, (term = termWith(fittedTo(subscriptions, periodDays), daily)));
    return term;
  };

  return (contract: Contract, day: number): SubscriptionValue => {
    const { startedDay, endsDay, periodDays, fee, paid, reportedRenewals } = contract;
    const renewals = renewalsBy(contract, day);
    const due = nextRenewalAfter(contract, renewals) - day;
    const within = renewalsDue(due, periodDays, horizonDays + HALF_A_DAY);
    const term = termOf(periodDays);
    const running = startedDay <= day && day < endsDay;
    const common = {
      running,
      ending: running && endsDay !== NEVER,
      renewals,
      dueInDays: Math.max(0, Math.round(due)),
      fee,
      valueSoFar: startedDay <= day ? paid + (renewals - reportedRenewals) * fee : 0,
    };
    if (!running || endsDay !== NEVER) {
      // Months are not equally long: what is renewed before it ends runs on for half a period at least.
      const certain = running ? renewalsDue(due, periodDays, endsDay - day - periodDays / 2) : 0;
      const soon = Math.min(certain, within);
      const worth = Array.from({ length: certain }, (_, n) =>
        Math.exp(-daily * Math.max(0, due + n * periodDays)),
      );
      return {
        ...common,
        retentionRate: certain > 0 ? 1 : 0,
        survival: endsDay > day + horizonDays ? 1 : 0,
        expectedRenewals: soon,
        low: soon,
        high: soon,
        lifetimeValue: fee * worth.reduce((sum, each) => sum + each, 0),
      };
    }
    const discounted = term.discountedRenewals(renewals) * Math.exp(-daily * Math.max(0, due));
    return {
      ...common,
      retentionRate: sbg.retentionRate(term.fitted, renewals),
      ...renewalsWithin(term.fitted, renewals, within),
      lifetimeValue: fee * discounted,
    };
  };
}

function renewalsWithin(fitted: Fitted, renewals: number, within: number) {
  let [survival, expectedRenewals, low, high] = [1, 0, 0, 0];
  for (let n = 0; n < within; n++) {
    survival *= sbg.retentionRate(fitted, renewals + n);
    expectedRenewals += survival;
    if (survival > 1 - TAIL) low++;
    if (survival > TAIL) high++;
  }
  return { survival, expectedRenewals, low, high };
}

interface Term {
  fitted: Fitted;
  /** Renewals to come after so many, each discounted to the next one. */
  discountedRenewals(renewals: number): number;
}

function termWith(fitted: Fitted, daily: number): Term {
  const known = new Map<number, number>();
  const discount = discountBy(fitted, daily);
  return {
    fitted,
    discountedRenewals(renewals) {
      let value = known.get(renewals);
      if (value === undefined)
        known.set(renewals, (value = sbg.discountedRenewals(fitted, renewals, discount)));
      return value;
    },
  };
}

const discountBy = ({ unitDays }: Fitted, daily: number) =>
  daily > 0
    ? { discountRate: Math.expm1(daily * unitDays) }
    : { discountRate: 0, periods: Math.floor(END_WITHOUT_DISCOUNT / unitDays) };

/** Renewals to come of a subscription that begins, each discounted to that day. */
export function discountedRenewalsOf(
  fitted: Fitted,
  { discountRate }: Pick<FittedModels['assumptions'], 'discountRate'>,
): number {
  const daily = dailyRate(discountRate);
  return sbg.discountedRenewals(fitted, 0, discountBy(fitted, daily)) * Math.exp(-daily * fitted.unitDays);
}

/** What was fitted to subscriptions with such periods; the prior where there were none. */
export function fittedTo(
  subscriptions: NonNullable<FittedModels['subscriptions']>,
  periodDays: number,
): Fitted {
  const found = subscriptions.find(({ renewal }) => renewal.unitDays === periodDays);
  return found?.renewal ?? { model: sbg.name, parameters: sbg.weakPrior.center, unitDays: periodDays };
}
