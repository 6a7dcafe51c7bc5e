export { bass, type BassFit, type Stage } from './adoption/bass.js';
export {
  evaluateContracts,
  type ContractHoldout,
  type ContractHoldoutReport,
  type ContractRow,
} from './contracts/contract-holdout.js';
export { contractsOf, type Contracts } from './contracts/contracts.js';
export { sbg, type ContractDiscount } from './contracts/sbg.js';
export {
  intervals,
  type Fit,
  type FitOptions,
  type Fitted,
  type Parameters,
  type Prior,
} from './fits/fit.js';
export { grouped } from './histories/grouped.js';
export { customersOf, histories, type Histories, type HistoryColumns } from './histories/histories.js';
export {
  summarise,
  type OrderLog,
  type Spend,
  type Summary,
  type SummaryOptions,
} from './histories/order-log.js';
export {
  accuracy,
  calibrationError,
  rankingOf,
  type Accuracy,
  type Ranking,
  type Tenth,
} from './holdout/accuracy.js';
export { baselines, type Baseline } from './holdout/baselines.js';
export {
  chooseModel,
  evaluateHoldout,
  LEAST_HELD_OUT,
  type ActiveAccuracy,
  type BaselineRow,
  type HoldoutReport,
  type ModelRow,
  type UnsoundModel,
} from './holdout/holdout.js';
export { evaluateRecalibration, LEAST_LEARNT, type LaterCalibration } from './holdout/later-calibration.js';
export type { BeatenBy, Measure } from './holdout/beaten-by.js';
export {
  AS_TOLD,
  recalibrate,
  isAsTold,
  recalibrated,
  type Chances,
  type Recalibration,
  type RecalibrationReport,
} from './holdout/recalibration.js';
export { evaluateSpend, type SpendReport, type SpendRow } from './holdout/spend-holdout.js';
export type { Discount, Interval, OrderModel } from './orders/order-model.js';
export { orderModelOf, orderModels } from './orders/order-models.js';
export { gammaGamma, type FittedSpend, type SpendFit } from './spend/gamma-gamma.js';
export { worthInterval, type ExpectedOrders } from './spend/worth-interval.js';
export { totalValueRange, type TotalValueRangeOptions, type Uncertain } from './value/total-value-range.js';
export { lifetimeValues, type LifetimeValueOptions, type LifetimeValues } from './value/lifetime-value.js';
export {
  kaplanMeier,
  type Departures,
  type SurvivalCurve,
  type SurvivalStep,
} from './survival/kaplan-meier.js';
export { mannKendall, type Trend } from './trends/mann-kendall.js';
