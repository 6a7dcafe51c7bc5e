export { recommendations } from './recommendations.read-models.js';
