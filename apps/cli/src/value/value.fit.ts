import {
  bass,
  contractsOf,
  evaluateContracts,
  evaluateHoldout,
  evaluateSpend,
  gammaGamma,
  intervals,
  orderModelOf,
  orderModels,
  sbg,
  summarise,
  type BassFit,
  type ContractHoldoutReport,
  type Fit,
  type HoldoutReport,
  type SpendFit,
  type SpendReport,
  type Summary,
} from '@perennial/lifetime-value';
import { dateOf, warningsOf, type OrderDays } from './order-days.js';
import { holdoutUntilOf, silences, untilOf } from './time-span.js';

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
  now: Date;
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
  /** What a reader should look at before believing the rest. */
  warnings: string[];
  fits: AnyFit[];
  holdout: Holdout | null;
}

export interface Holdout extends HoldoutReport {
  until: string;
  spend: SpendReport;
  /** Of sBG, if it was asked for; null also where no renewal was due. */
  contracts: ContractHoldoutReport | null;
  /** What the figures leave out. */
  notes: string[];
}

/** Fits models to what was ordered until a day, and compares them with what was ordered from then on. */
export function fitModels(orders: OrderDays, request: FitRequest): Fitting {
  const until = untilOf(orders, request.until, request.now);
  const holdoutUntil = request.holdout === undefined ? until : holdoutUntilOf(orders, request.holdout, until);
  const span = { until, holdoutUntil };
  const daily = summarise(orders.log, span);
  const { histories } = daily;
  const ofOrders = orderFits(orders, request, daily, span);
  const spend = gammaGamma.fit(daily.spend, { prior: request.prior });
  const others = request.models
    .filter((name) => !(name in orderModels))
    .map((name) => (name === 'gamma-gamma' ? spend : otherFit(name, orders, request, until)));
  const renewals = others.find((fit): fit is Fit => fit.model === sbg.name);
  return {
    until: request.until,
    unit: request.unit,
    currency: orders.currency,
    customers: histories.size,
    repeatBuyers: histories.frequency.filter((x) => x > 0).length,
    repeatOrders: histories.frequency.reduce((sum, x) => sum + x, 0),
    unmatchedRefunds: daily.unmatchedRefunds,
    warnings: [...warningsOf(orders), ...silences(orders, until)],
    fits: [...ofOrders.map(({ fit }) => fit), ...others].map((fit) => ({
      ...fit,
      intervals: 'logLikelihood' in fit ? intervals(fit) : null,
    })),
    holdout:
      holdoutUntil > until ? holdoutOf(orders, request, { daily, ofOrders, spend, renewals }, span) : null,
  };
}

interface Span {
  until: number;
  holdoutUntil: number;
}

function holdoutOf(
  { log }: OrderDays,
  { unit, models }: FitRequest,
  fits: { daily: Summary; ofOrders: Fitted[]; spend: SpendFit; renewals: Fit | undefined },
  span: Span,
): Holdout {
  const { daily, ofOrders, spend, renewals } = fits;
  const periodDays = UNITS[unit];
  const { orders, days } = daily.holdout;
  const report = evaluateHoldout(ofOrders, daily.histories, orders, days);
  const sound = ofOrders.filter(({ fit }) => report.models.some(({ name }) => name === fit.model));
  const contracts = renewals ? evaluateContracts(renewals, log, { ...span, periodDays }) : null;
  const periods = days / periodDays;
  const isCut = models.includes('bg-bb') && periods > 1 && periods - Math.floor(periods + 1e-9) > 0.01;
  return {
    until: dateOf(span.holdoutUntil),
    ...report,
    spend: evaluateSpend(sound, spend, daily, report.chosen),
    contracts,
    notes: [
      ...(isCut
        ? [
            `bg-bb predicts ${Math.floor(periods)} whole ${unit}s of ${periods.toFixed(1)}; end the holdout with one of them, or take a shorter --unit.`,
          ]
        : []),
      ...(models.includes('gamma-gamma') && ofOrders.length === 0
        ? [
            'gamma-gamma says what an order is worth; name a model of orders beside it to foretell what is spent.',
          ]
        : []),
      ...(renewals && !contracts
        ? [
            `sbg: no contract that ran on had a renewal of each ${unit} due in the holdout; take a later one, or a shorter --unit.`,
          ]
        : []),
    ],
  };
}

type Fitted = { fit: Fit; histories: Summary['histories'] };

function orderFits(
  orders: OrderDays,
  { models, unit, prior }: FitRequest,
  daily: Summary,
  span: Span,
): Fitted[] {
  return models
    .filter((name) => name in orderModels)
    .map((name) => {
      // In discrete time there is one opportunity to order a unit.
      const { histories } =
        name === 'bg-bb' ? summarise(orders.log, { ...span, periodDays: UNITS[unit] }) : daily;
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
