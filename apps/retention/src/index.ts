export { RetentionModule } from './retention.module.js';
export { retention } from './retention.read-models.js';
export { followScores } from './scores/scorer.js';
