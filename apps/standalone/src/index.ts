export { DataFolder, StandaloneError, type Running } from './data-folder.js';
export { playSample, SAMPLE } from './sample.js';
export { startStandalone, type Standalone, type StandaloneOptions } from './standalone.js';
