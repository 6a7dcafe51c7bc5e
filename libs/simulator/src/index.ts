export { Random } from './chance/random.js';
export { boughtTogether, products, type Product } from './company/assortment.js';
export {
  batches,
  COMPANY,
  simulate,
  SIMULATED_SOURCES,
  type SimulatedEvent,
  type SimulationOptions,
} from './simulation/simulate.js';
