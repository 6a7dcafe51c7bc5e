import {
  isAsTold,
  orderModels,
  type BeatenBy,
  type ContractHoldoutReport,
  type Measure,
  type Ranking,
  type RecalibrationReport,
} from '@perennial/lifetime-value';
import { table, type Cell } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import type { AnyFit, Fitting, Holdout } from './value.fit.js';

/** What people read of a fitting. */
export function report(fitting: Fitting): string {
  const { customers, repeatBuyers, repeatOrders, until, unit } = fitting;
  return [
    `${number(customers)} customers until ${until}, ${number(repeatBuyers)} of them came back, ${number(repeatOrders)} times in all.`,
    ...fitting.warnings.map((warning) => `! ${warning}`),
    ...fitting.fits.map((fit) => ['', fitReport(fit, unit)].join('\n')),
    ...(fitting.holdout ? ['', holdoutReport(fitting.holdout, fitting.currency)] : []),
  ].join('\n');
}

const digits = (value: number, count = 4) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(count))) : '–';

function fitReport(fit: AnyFit, unit: string): string {
  const header = [
    fit.model,
    ...('logLikelihood' in fit ? [`log-likelihood ${fit.logLikelihood.toFixed(2)}`] : []),
    ...('explained' in fit ? [`${digits(fit.explained * 100, 3)} % explained`] : []),
    ...(fit.model in orderModels || fit.model === 'sbg' || fit.model === 'bass' ? [`time in ${unit}s`] : []),
  ].join(', ');
  const rows = Object.entries(fit.parameters).map(([name, value]): Cell[] => {
    const interval = fit.intervals?.[name];
    return [
      `  ${name}`,
      digits(value, 5),
      fit.standardErrors ? digits(fit.standardErrors[name]!) : '–',
      interval ? `${digits(interval[0])} to ${digits(interval[1])}` : '–',
    ];
  });
  return [
    header,
    table([['  parameter', 'estimate', 'standard error', '95 % interval'], ...rows]),
    ...fit.problems.map((problem) => `  ! ${problem}`),
  ].join('\n');
}

function holdoutReport(holdout: Holdout, currency: string): string {
  const { models, unsound, horizonDays, until, orders, chosen, beatenBy, notes } = holdout;
  const because = models.length > 1 ? ' (least deviance)' : '';
  // Rules of thumb stand beside models, and say nothing alone.
  const ofOrders = models.length + unsound.length > 0;
  return [
    `Holdout: the ${horizonDays} days until ${until} brought ${number(orders)} orders.`,
    ...(ofOrders ? [ordersTable(holdout)] : []),
    ...unsound.map(({ name, reason }) => `! ${name} predicts nothing: ${reason}.`),
    ...notes.map((note) => `! ${note}`),
    ...(chosen ? ['', `Chosen: ${chosen}${because}.`, ...better(chosen, beatenBy)] : []),
    ...(beatenBy.deviance ? ['By what models are chosen by, too: it earns nothing here.'] : []),
    ...calibration(holdout),
    ...(ofOrders ? spendReport(holdout, currency) : []),
    ...(holdout.contracts ? contractReport(holdout.contracts) : []),
  ].join('\n');
}

function ordersTable({ models, unsound, baselines }: Holdout): string {
  const measures = (row: (typeof models)[number] | (typeof baselines)[number]): Cell[] =>
    row.kind === 'ranking'
      ? ['–', '–', '–', '–', '–', '–']
      : [
          row.predicted.toFixed(1),
          `${row.errorPercent.toFixed(1)} %`,
          row.meanAbsoluteError.toFixed(3),
          row.rootMeanSquaredError.toFixed(3),
          row.deviance.toFixed(3),
          row.brierScore.toFixed(3),
        ];
  return table([
    [
      '',
      'predicted',
      'error',
      'MAE',
      'RMSE',
      'deviance',
      'Brier',
      'AUC',
      'AUC by P(alive)',
      'Spearman',
      'top-tenth lift',
    ],
    ...models.map((row): Cell[] => [row.name, ...measures(row), ...rankings(row, row.aucByProbabilityAlive)]),
    ...unsound.map(({ name }): Cell[] => [name, ...new Array<Cell>(10).fill('–')]),
    ...baselines.map((row): Cell[] => [row.name, ...measures(row), ...rankings(row)]),
  ]);
}

const rankings = ({ auc, spearman, topTenthShare }: Ranking, byAlive?: number): Cell[] => [
  auc.toFixed(3),
  byAlive?.toFixed(3) ?? '–',
  spearman.toFixed(3),
  lift(topTenthShare),
];

const TITLES: Record<Measure, string> = {
  errorPercent: 'error',
  meanAbsoluteError: 'MAE',
  rootMeanSquaredError: 'RMSE',
  deviance: 'deviance',
  brierScore: 'Brier',
  auc: 'AUC',
  spearman: 'Spearman',
  topTenthShare: 'top-tenth lift',
};

/** What did better than the model, by each measure that the table prints. */
function better(chosen: string, beatenBy: BeatenBy): string[] {
  const found = Object.entries(beatenBy) as [Measure, string[]][];
  if (found.length === 0) return [`No baseline did better than ${chosen}, by any measure.`];
  return found.map(
    ([measure, names]) => `! By ${TITLES[measure]} better than ${chosen}: ${names.join(', ')}.`,
  );
}

function spendReport({ spend, chosen }: Holdout, currency: string): string[] {
  const rows = [...spend.models, ...spend.baselines].map((row): Cell[] => [
    row.kind === 'model' ? `${row.name} × gamma-gamma` : row.name,
    row.predicted.toFixed(2),
    `${row.errorPercent.toFixed(1)} %`,
    row.meanAbsoluteError.toFixed(2),
    row.rootMeanSquaredError.toFixed(2),
    row.spearman.toFixed(3),
    lift(row.topTenthShare),
  ]);
  return [
    '',
    `Spend in the holdout, ${currency}: ${number(spend.actual)}`,
    table([['', 'predicted', 'error', 'MAE', 'RMSE', 'Spearman', 'top-tenth lift'], ...rows]),
    ...(chosen ? better(`${chosen} × gamma-gamma`, spend.beatenBy) : []),
  ];
}

function contractReport(report: ContractHoldoutReport): string[] {
  const { contracts, renewals, due, kept, model, baselines, beatenBy } = report;
  const rows = [model, ...baselines].map((row): Cell[] => [
    row.name,
    row.predicted.toFixed(1),
    `${row.errorPercent.toFixed(1)} %`,
    row.meanAbsoluteError.toFixed(3),
    row.rootMeanSquaredError.toFixed(3),
    row.deviance.toFixed(3),
    row.keptPredicted.toFixed(1),
    `${row.keptErrorPercent.toFixed(1)} %`,
    row.brierScore.toFixed(3),
    row.auc.toFixed(3),
    row.spearman.toFixed(3),
    lift(row.topTenthShare),
  ]);
  return [
    '',
    `Contracts in the holdout: of ${number(contracts)} that ran, ${number(kept)} were renewed each time; of ${number(due)} renewals that were due ${number(renewals)} came.`,
    table([
      [
        '',
        'renewals',
        'error',
        'MAE',
        'RMSE',
        'deviance',
        'kept',
        'error of kept',
        'Brier',
        'AUC',
        'Spearman',
        'top-tenth lift',
      ],
      ...rows,
    ]),
    ...better(model.name, beatenBy),
  ];
}

const lift = (share: number) => (share * 10).toFixed(2);

/** Predicted and actual means of each tenth of the customers, of the chosen model. */
function calibration({ models, chosen, recalibration }: Holdout): string[] {
  const model = models.find(({ name }) => name === chosen);
  if (!model) return [];
  const row = (title: string, value: (tenth: number) => number): Cell[] => [
    title,
    ...model.calibration.map((_, tenth) => value(tenth).toFixed(2)),
  ];
  return [
    '',
    `Calibration of ${model.name}, by tenths of the customers from the least to the most promising:`,
    table([
      ['mean of', ...model.calibration.map((_, tenth) => String(tenth + 1))],
      row('orders predicted', (tenth) => model.calibration[tenth]!.predicted),
      row('orders placed', (tenth) => model.calibration[tenth]!.actual),
      row('active, predicted', (tenth) => model.activeCalibration[tenth]!.predicted),
      row('active, in fact', (tenth) => model.activeCalibration[tenth]!.actual),
    ]),
    `Chances to be active are off by ${model.activeCalibrationError.toFixed(2)} in the mean of the tenths.`,
    ...(recalibration ? [correctionReport(recalibration)] : []),
  ];
}

/** What would be done about it from the end of the holdout on. */
function correctionReport({ recalibration, told, corrected }: RecalibrationReport): string {
  if (isAsTold(recalibration)) return 'Nothing is off clearly enough to correct chances by it afterwards.';
  const { intercept, slope } = recalibration;
  const off = [told, corrected].map(({ calibrationError }) => calibrationError.toFixed(3));
  return `Afterwards they would be corrected by half of it (intercept ${intercept.toFixed(3)}, slope ${slope.toFixed(3)}): of each fifth of the customers, corrected by the others, off by ${off[1]} instead of ${off[0]}.`;
}
