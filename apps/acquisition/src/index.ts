export { acquisition } from './acquisition.read-models.js';
