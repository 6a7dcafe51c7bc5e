export { RecommendationsModule } from './recommendations.module.js';
export { recommendations } from './recommendations.read-models.js';
