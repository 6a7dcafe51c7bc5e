export { retention } from './retention.read-models.js';
