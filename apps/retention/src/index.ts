export { DIMENSIONS } from './equity/equity-part.view.js';
export { EquityController } from './equity/equity.controller.js';
export type { FitBasis } from './models/fit.js';
export { DEFAULT_ASSUMPTIONS } from './models/models.decider.js';
export { Fitter } from './models/fitter.js';
export { holdoutOf } from './models/holdout.js';
export { RetentionModule } from './retention.module.js';
export { retention } from './retention.read-models.js';
export { followScores } from './scores/scorer.js';
