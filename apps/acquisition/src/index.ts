export { AcquisitionModule } from './acquisition.module.js';
export { acquisition } from './acquisition.read-models.js';
