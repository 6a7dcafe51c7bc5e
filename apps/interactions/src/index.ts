export { InteractionsModule } from './interactions.module.js';
export { interactions } from './interactions.read-models.js';
