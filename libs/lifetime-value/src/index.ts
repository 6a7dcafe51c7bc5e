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
export type { Discount, Interval, OrderModel } from './orders/order-model.js';
export { orderModelOf, orderModels } from './orders/order-models.js';
export {
  kaplanMeier,
  type Departures,
  type SurvivalCurve,
  type SurvivalStep,
} from './survival/kaplan-meier.js';
