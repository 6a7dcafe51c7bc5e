import { evaluateRecalibration, isAsTold, type LaterCalibration } from '@perennial/lifetime-value';
import { table, type Cell } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { UsageProblem } from '../system/problem.js';
import { dateOf, warningsOf, type OrderDays } from './order-days.js';

/** Parts of the days after which chances are told, as if nothing were known of the days that follow. */
const PARTS = [0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8];

export interface Trial extends LaterCalibration {
  until: string;
}

/** What `perennial value calibration --json` prints. */
export interface Calibration {
  customers: number;
  warnings: string[];
  trials: Trial[];
}

/**
 * Tells on several days of the past what each customer's chance to order is, in as many days as were learnt from and in
 * all days that follow (at most a year); with and without the correction that was learnt before.
 */
export function tryCalibration(orders: OrderDays, models: readonly string[]): Calibration {
  const { log, first, last } = orders;
  const trials = PARTS.flatMap((part) => {
    const until = first + Math.floor((last - first) * part);
    const ahead = last - until;
    const learnt = Math.floor((until - first) / 3);
    return [...new Set([Math.min(learnt, 365, ahead), Math.min(365, ahead)])].flatMap((horizon): Trial[] => {
      const found = evaluateRecalibration(log, { until, holdoutUntil: until + horizon, models });
      return found ? [{ until: dateOf(until), ...found }] : [];
    });
  });
  if (trials.length === 0)
    throw new UsageProblem(
      `The orders are of ${last - first} days, which are too few: a third of what is known on some day must be four weeks.`,
    );
  return { customers: orders.customers.length, warnings: warningsOf(orders), trials };
}

/** What people read of it. */
export function calibrationReport({ customers, warnings, trials }: Calibration): string {
  const rows = trials.map((trial): Cell[] => {
    const { told, corrected, recalibration } = trial;
    const same = isAsTold(recalibration);
    return [
      trial.until,
      String(trial.learntDays),
      String(trial.horizonDays),
      number(trial.customers),
      trial.model,
      same ? '–' : `${recalibration.intercept.toFixed(2)}, ${recalibration.slope.toFixed(2)}`,
      ...(['calibrationError', 'worstTenth'] as const).map((measure) =>
        same ? told[measure].toFixed(3) : `${told[measure].toFixed(3)} → ${corrected[measure].toFixed(3)}`,
      ),
      told.brierScore.toFixed(4),
      told.logLoss.toFixed(4),
      same ? '–' : `${(1000 * trial.gain).toFixed(1)} ± ${(1000 * trial.gainError).toFixed(1)}`,
    ];
  });
  const used = trials.filter(({ recalibration }) => !isAsTold(recalibration));
  const beyond = (sign: 1 | -1) => used.filter(({ gain, gainError }) => sign * gain > 2 * gainError).length;
  const mean = (of: readonly Trial[], measure: 'calibrationError' | 'worstTenth' | 'logLoss') =>
    ['told', 'corrected'].map((which) =>
      (of.reduce((sum, each) => sum + each[which as 'told'][measure], 0) / Math.max(of.length, 1)).toFixed(
        measure === 'logLoss' ? 4 : 3,
      ),
    );
  return [
    `${number(customers)} customers. On each day models know only what came before; what follows is compared with what they told.`,
    ...warnings.map((warning) => `! ${warning}`),
    table([
      [
        'told on',
        'learnt from days',
        'days ahead',
        'customers',
        'model',
        'correction',
        'off by',
        'worst tenth',
        'Brier',
        'log loss',
        'gain, thousandths',
      ],
      ...rows,
    ]),
    '',
    used.length === 0
      ? 'Nothing was off clearly enough to be corrected.'
      : `Corrected: ${used.length} of ${trials.length}. Better beyond chance (two standard errors): ${beyond(1)}, worse: ${beyond(-1)}.`,
    ...[
      { title: 'In all of them', of: trials },
      ...(used.length > 0 && used.length < trials.length ? [{ title: 'In those corrected', of: used }] : []),
    ].map(
      ({ title, of }) =>
        `${title}, on average: off by ${mean(of, 'calibrationError').join(' → ')}, worst tenth ${mean(of, 'worstTenth').join(' → ')}, log loss ${mean(of, 'logLoss').join(' → ')}.`,
    ),
  ].join('\n');
}
