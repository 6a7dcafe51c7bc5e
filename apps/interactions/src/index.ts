export { interactions } from './interactions.read-models.js';
