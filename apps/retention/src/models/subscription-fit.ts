import { accuracy, sbg, type Fit, type Fitted } from '@perennial/lifetime-value';
import { dayOf } from '../scores/day.js';
import {
  contractAt,
  NEVER,
  nextRenewalAfter,
  renewalsBy,
  renewalsDue,
  type Contract,
  type Contracts,
} from '../subscriptions/contracts.js';
import { described } from './described-fit.js';
import { resultOf, type Chances } from './holdout-result.js';
import type { FittedModels } from './models.decider.js';
import { outlyingContracts } from './outliers.js';
import { isSound } from './sound-fit.js';

export type FittedTerm = NonNullable<FittedModels['subscriptions']>[number];

/** Contracts as they were at the end of a day, and as they were later. */
export interface ContractHoldout {
  before: Contracts;
  day: number;
  /** Last day of the period that is foretold. */
  until: number;
}

export interface ContractBasis {
  contracts: Contracts;
  /** Data cut, since 1970. */
  day: number;
  holdout?: ContractHoldout;
  /** What is in force, which stays where a fit leads nowhere. */
  inForce?: FittedModels['subscriptions'];
}

/** Lengths of periods that are told apart at most; those that most subscriptions have. */
const MOST_TERMS = 100;
/** Where fewer ran, an error says nothing. */
const LEAST = { subscriptions: 50, renewals: 10 };

/** Fits how long subscriptions last, by the length of their periods: who pays by the year is another kind than who pays by the month. Pure. */
export function fitSubscriptions(basis: ContractBasis): FittedTerm[] {
  const { contracts, day, holdout, inForce = [] } = basis;
  const absurd = outlyingContracts(contracts, day);
  const absurdKeys = new Set([...absurd].map((row) => keyOf(contracts, row)));
  const before = holdout && byTerm(holdout.before, (row) => !absurdKeys.has(keyOf(holdout.before, row)));
  const all = byTerm(contracts);
  return [...byTerm(contracts, (row) => !absurd.has(row))]
    .sort(([period, one], [otherPeriod, other]) => other.length - one.length || period - otherPeriod)
    .slice(0, MOST_TERMS)
    .sort(([one], [other]) => one - other)
    .map(([periodDays, rows]) => {
      const of = rows.map((row) => contractAt(contracts, row));
      const last = inForce.find(({ renewal }) => renewal.unitDays === periodDays);
      const earlier = before?.get(periodDays);
      const leftOut = all.get(periodDays)!.length - of.length;
      const { renewal, ...prior } = fitTerm(of, day, periodDays, last);
      return {
        subscriptions: of.length,
        ended: of.filter(({ endsDay }) => endsDay !== NEVER).length,
        averageFee: meanOf(of.map(({ fee }) => fee)),
        renewal: { ...renewal, problems: [...renewal.problems, ...leftOutInWords(leftOut)] },
        ...prior,
        ...(earlier && holdout && { holdout: evaluate(basis, holdout, rows, earlier, periodDays) }),
      };
    });
}

/** Added up by rising value: the sum must not depend on the sequence of subscriptions. */
const meanOf = (values: readonly number[]): number =>
  Float64Array.from(values)
    .sort()
    .reduce((sum, each) => sum + each, 0) / values.length;

const leftOutInWords = (count: number): string[] =>
  count > 0
    ? [
        `Left out of the fit, not of the scores: ${count} ${count === 1 ? 'subscription' : 'subscriptions'}, begun before a silence that is longer than all that came since, or with a fee a hundred times that of any other. Where that is a mistake, correct it.`,
      ]
    : [];

function byTerm(
  { periodDays }: Contracts,
  isWanted: (row: number) => boolean = () => true,
): Map<number, number[]> {
  const terms = new Map<number, number[]>();
  for (let row = 0; row < periodDays.length; row++) {
    if (!isWanted(row)) continue;
    const rows = terms.get(periodDays[row]!);
    if (rows) rows.push(row);
    else terms.set(periodDays[row]!, [row]);
  }
  return terms;
}

/** Who gave notice has decided, though it runs on for a while. */
const fit = (contracts: readonly Contract[], day: number, prior: 'auto' | typeof sbg.weakPrior): Fit =>
  sbg.fit(
    {
      renewals: contracts.map((each) =>
        renewalsBy(each, each.endsDay === NEVER ? day : Math.max(day, each.endsDay)),
      ),
      ended: contracts.map(({ endsDay }) => endsDay !== NEVER),
    },
    { prior },
  );

/** Where the data alone lead nowhere it leans on the prior; where that does not help what is in force stays. */
function fitTerm(
  contracts: readonly Contract[],
  day: number,
  periodDays: number,
  last: FittedTerm | undefined,
): Pick<FittedTerm, 'renewal' | 'prior'> {
  const free = fit(contracts, day, 'auto');
  const found = isSound(free) ? free : fit(contracts, day, sbg.weakPrior);
  if (isSound(found))
    return {
      renewal: { ...described(found), unitDays: periodDays },
      ...(found.prior && { prior: priorInWords(contracts) }),
    };
  const kept = last?.renewal ?? {
    model: sbg.name,
    parameters: sbg.weakPrior.center,
    unitDays: periodDays,
    converged: false,
    problems: [],
  };
  const stays = last ? 'The parameters of the version before stay.' : 'The prior alone is used.';
  return {
    renewal: { ...kept, problems: [...found.problems.slice(0, 10), stays] },
    ...(last ? last.prior && { prior: last.prior } : { prior: priorInWords(contracts) }),
  };
}

function priorInWords(contracts: readonly Contract[]): string {
  const { alpha, beta } = sbg.weakPrior.center;
  const ended = contracts.filter(({ endsDay }) => endsDay !== NEVER).length;
  return `Of ${contracts.length} subscriptions ${ended} have ended, which does not determine the model: ${sbg.title} leans on a weak prior around alpha ${alpha}, beta ${beta} (between the published fits of Fader and Hardie 2007), each within a factor of ${Math.round(Math.exp(1.96 * sbg.weakPrior.spread))} either way.`;
}

/** In another thread a buffer has arrived as plain bytes. */
const bytes = (of: Uint8Array): Buffer => Buffer.from(of.buffer, of.byteOffset, of.byteLength);

const keyOf = ({ customerId, numberHash }: Contracts, row: number): string =>
  bytes(customerId).toString('latin1', row * 16, row * 16 + 16) +
  bytes(numberHash).toString('latin1', row * 8, row * 8 + 8);

/** Subscriptions that are alike in all of these are interchangeable for models of how long they last. */
const TOLD_APART_BY = ['startedDay', 'endsDay', 'reportedRenewals', 'renewedDay'] as const;
const compareContracts = (one: Contract, other: Contract): number =>
  TOLD_APART_BY.reduce((found, column) => found || one[column] - other[column], 0);

/** Compares what was expected of the contracts that ran, without notice, with their renewals since. */
function evaluate(
  { contracts, day }: ContractBasis,
  { before, day: cut }: ContractHoldout,
  rows: readonly number[],
  earlier: readonly number[],
  periodDays: number,
): FittedTerm['holdout'] {
  const later = new Map(rows.map((row) => [keyOf(contracts, row), contractAt(contracts, row)]));
  const pairs = earlier
    .flatMap((row) => {
      const [was, is] = [contractAt(before, row), later.get(keyOf(before, row))];
      return is && was.endsDay === NEVER ? [{ was, is }] : [];
    })
    .sort((one, other) => compareContracts(one.was, other.was) || compareContracts(one.is, other.is));
  if (pairs.length < LEAST.subscriptions) return undefined;
  // A renewal that nobody reports is past doubt after half of its period only.
  const isTacit =
    pairs.filter(({ is }) => is.reportedRenewals < renewalsBy(is, day)).length > pairs.length / 2;
  const end = day - (isTacit ? periodDays / 2 : 0);
  const due = pairs.map(({ was }) =>
    renewalsDue(nextRenewalAfter(was, renewalsBy(was, cut)) - cut, periodDays, end - cut + 0.5),
  );
  const actual = Float64Array.from(pairs, ({ was, is }) =>
    Math.max(0, renewalsBy(is, day) - renewalsBy(was, cut)),
  );
  const renewals = actual.reduce((sum, each) => sum + each, 0);
  if (renewals < LEAST.renewals) return undefined;
  const known = earlier.map((row) => contractAt(before, row));
  const predictedBy = (fitted: Fitted) =>
    Float64Array.from(pairs, ({ was }, row) => renewalsOf(fitted, renewalsBy(was, cut), due[row]!));
  const fitted = { ...fit(known, cut, 'auto') };
  const alike = sameForAll(known, cut);
  return {
    from: dayOf(cut + 1),
    until: dayOf(day),
    subscriptions: pairs.length,
    actual: renewals,
    results: [
      resultOf(sbg.name, accuracy(predictedBy(fitted), actual), { naive: false, chances: chancesBy(fitted) }),
      resultOf(
        'everybody alike',
        accuracy(
          Float64Array.from(due, (periods) => geometric(alike, periods)),
          actual,
        ),
        { naive: true },
      ),
      resultOf('everybody stays', accuracy(Float64Array.from(due), actual), { naive: true }),
    ],
  };

  /** Of running on to the end of the period, of which what churn risk says is the opposite. */
  function chancesBy(by: Fitted): Chances {
    const survival = Float64Array.from(pairs, ({ was }, row) => {
      const n = renewalsBy(was, cut);
      return sbg.survival(by, n + due[row]!) / sbg.survival(by, n);
    });
    const survives = Float64Array.from(pairs, ({ is }) => Number(is.endsDay > day));
    const { rootMeanSquaredError, calibration } = accuracy(survival, survives);
    return { brierScore: rootMeanSquaredError ** 2, tenths: calibration };
  }
}

const renewalsOf = (fitted: Fitted, renewals: number, periods: number): number =>
  sbg.discountedRenewals(fitted, renewals, { discountRate: 0, periods });

/** The share of all renewals that were due which came. */
function sameForAll(contracts: readonly Contract[], day: number): number {
  const came = contracts.reduce((sum, each) => sum + renewalsBy(each, day), 0);
  const ended = contracts.filter(({ endsDay }) => endsDay !== NEVER).length;
  return came + ended > 0 ? came / (came + ended) : 1;
}

const geometric = (rate: number, periods: number): number =>
  rate === 1 ? periods : (rate * (1 - rate ** periods)) / (1 - rate);
