import {
  accuracy,
  bass,
  contractsOf,
  evaluateHoldout,
  gammaGamma,
  intervals,
  lifetimeValues,
  orderModelOf,
  orderModels,
  sbg,
  summarise,
  type Accuracy,
  type BassFit,
  type Fit,
  type HoldoutReport,
  type SpendFit,
  type Summary,
} from '@perennial/lifetime-value';
import { UsageProblem } from '../system/problem.js';
import { dateOf, dayOf, type OrderDays } from './order-days.js';

/** Days in each unit of time; of the Gregorian calendar on average. */
export const UNITS = { day: 1, week: 7, month: 30.436875, year: 365.2425 } as const;
export type Unit = keyof typeof UNITS;

/** Names of all models that can be fitted to a file of orders. */
export const MODELS = [...Object.keys(orderModels), 'gamma-gamma', 'sbg', 'bass'];

export interface FitRequest {
  models: readonly string[];
  until: string;
  unit: Unit;
  holdout?: string;
  prior: 'auto' | 'none';
}

export type AnyFit = (Fit | SpendFit | BassFit) & { intervals: Record<string, [number, number]> | null };

/** What `perennial value fit --json` prints. */
export interface Fitting {
  until: string;
  unit: Unit;
  currency: string;
  customers: number;
  repeatBuyers: number;
  repeatOrders: number;
  /** Refunds that nothing had been paid for. */
  unmatchedRefunds: number;
  fits: AnyFit[];
  holdout: (HoldoutReport & { until: string; spend: SpendRow[] }) | null;
}

/** Spend of the holdout, by orders × worth of an order. */
export type SpendRow = { name: string } & Accuracy;

/** Fits models to what was ordered until a day, and compares them with what was ordered from then on. */
export function fitModels(orders: OrderDays, request: FitRequest): Fitting {
  const until = dayOf(request.until);
  if (until < orders.first)
    throw new UsageProblem(`The first order is of ${dateOf(orders.first)}: --until is before.`);
  const holdoutUntil = request.holdout === undefined ? until : dayOf(request.holdout);
  if (holdoutUntil < until) throw new UsageProblem('--holdout is the last day of what follows --until.');
  if (request.holdout !== undefined && holdoutUntil > orders.last) {
    throw new UsageProblem(`The last order is of ${dateOf(orders.last)}: a holdout can't end later.`);
  }
  const daily = summarise(orders.log, { until, holdoutUntil });
  const { histories } = daily;
  const chosen = orderFits(orders, request, { daily, until, holdoutUntil });
  const spend = gammaGamma.fit(daily.spend, { prior: request.prior });
  const others = request.models
    .filter((name) => !(name in orderModels))
    .map((name) => (name === 'gamma-gamma' ? spend : otherFit(name, orders, request, until)));
  return {
    until: request.until,
    unit: request.unit,
    currency: orders.currency,
    customers: histories.size,
    repeatBuyers: histories.frequency.filter((x) => x > 0).length,
    repeatOrders: histories.frequency.reduce((sum, x) => sum + x, 0),
    unmatchedRefunds: daily.unmatchedRefunds,
    fits: [...chosen.map(({ fit }) => fit), ...others].map((fit) => ({
      ...fit,
      intervals: 'logLikelihood' in fit ? intervals(fit) : null,
    })),
    holdout:
      holdoutUntil > until
        ? {
            until: dateOf(holdoutUntil),
            ...evaluateHoldout(chosen, histories, daily.holdout.orders, daily.holdout.days),
            spend: chosen.map(({ fit, histories: own }) =>
              spendRow(fit, spend, { ...daily, histories: own }),
            ),
          }
        : null,
  };
}

type Fitted = { fit: Fit; histories: Summary['histories'] };

function orderFits(
  orders: OrderDays,
  { models, unit, prior }: FitRequest,
  { daily, until, holdoutUntil }: { daily: Summary; until: number; holdoutUntil: number },
): Fitted[] {
  return models
    .filter((name) => name in orderModels)
    .map((name) => {
      // In discrete time there is one opportunity to order a unit.
      const { histories } =
        name === 'bg-bb' ? summarise(orders.log, { until, holdoutUntil, periodDays: UNITS[unit] }) : daily;
      return { fit: orderModelOf(name).fit(histories, { unitDays: UNITS[unit], prior }), histories };
    });
}

function otherFit(
  name: string,
  { log, first }: OrderDays,
  { unit, prior }: FitRequest,
  until: number,
): Fit | BassFit {
  const periodDays = UNITS[unit];
  if (name === 'sbg') return sbg.fit(contractsOf(log, { until, periodDays }), { prior });
  const firstOrders = new Map<number, number>();
  for (let row = 0; row < log.customer.length; row++) {
    if (log.amount && log.amount[row]! < 0) continue;
    const customer = log.customer[row]!;
    firstOrders.set(customer, Math.min(firstOrders.get(customer) ?? Infinity, log.day[row]!));
  }
  // Whole units only: a begun one would look like a fall.
  const adoptions = new Array<number>(Math.floor((until - first + 1) / periodDays)).fill(0);
  for (const day of firstOrders.values()) {
    const period = Math.floor((day - first) / periodDays);
    if (period < adoptions.length) adoptions[period]!++;
  }
  return bass.fit(adoptions);
}

function spendRow(fit: Fit, spend: SpendFit, summary: Summary): SpendRow {
  const { value } = lifetimeValues({ orders: fit, spend }, summary, {
    annualDiscountRate: 0,
    horizonDays: summary.holdout.days,
  });
  return { name: fit.model, ...accuracy(value, summary.holdout.amount) };
}
