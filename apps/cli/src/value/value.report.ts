import { orderModels } from '@perennial/lifetime-value';
import { table, type Cell } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import type { AnyFit, Fitting } from './value.fit.js';

/** What people read of a fitting. */
export function report(fitting: Fitting): string {
  const { customers, repeatBuyers, repeatOrders, until, unit } = fitting;
  return [
    `${number(customers)} customers until ${until}, ${number(repeatBuyers)} of them came back, ${number(repeatOrders)} times in all.`,
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

function holdoutReport(holdout: NonNullable<Fitting['holdout']>, currency: string): string {
  const { models, baselines, horizonDays, until, orders, chosen, beatenBy, spend } = holdout;
  const all = [...models, ...baselines];
  const rows = all.map((row): Cell[] =>
    row.kind === 'ranking'
      ? [
          row.name,
          '–',
          '–',
          '–',
          '–',
          '–',
          row.auc.toFixed(3),
          row.spearman.toFixed(3),
          lift(row.topTenthShare),
        ]
      : [
          row.name,
          row.predicted.toFixed(1),
          `${row.errorPercent.toFixed(1)} %`,
          row.meanAbsoluteError.toFixed(3),
          row.rootMeanSquaredError.toFixed(3),
          row.deviance.toFixed(3),
          row.auc.toFixed(3),
          row.spearman.toFixed(3),
          lift(row.topTenthShare),
        ],
  );
  const worth = spend.map((row): Cell[] => [
    row.name,
    row.predicted.toFixed(2),
    `${row.errorPercent.toFixed(1)} %`,
    row.meanAbsoluteError.toFixed(2),
    row.spearman.toFixed(3),
  ]);
  return [
    `Holdout: the ${horizonDays} days until ${until} brought ${number(orders)} orders.`,
    table([
      ['', 'predicted', 'error', 'MAE', 'RMSE', 'deviance', 'AUC', 'Spearman', 'top-tenth lift'],
      ...rows,
    ]),
    ...(chosen ? ['', `Chosen: ${chosen} (least deviance).`] : []),
    ...(beatenBy.length ? [`But ${beatenBy.join(' and ')} did better: the model earns nothing here.`] : []),
    ...calibration(holdout),
    ...(worth.length
      ? [
          '',
          `Spend in the holdout, ${currency}: ${number(spend[0]!.actual)}`,
          table([['', 'predicted', 'error', 'MAE', 'Spearman'], ...worth]),
        ]
      : []),
  ].join('\n');
}

const lift = (share: number) => (share * 10).toFixed(2);

/** Predicted and actual means of each tenth of the customers, of the chosen model. */
function calibration({ models, chosen }: NonNullable<Fitting['holdout']>): string[] {
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
  ];
}
