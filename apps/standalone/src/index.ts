export { DataFolder, StandaloneError, type Running } from './data-folder.js';
export { openStandaloneDatabase, type StandaloneDatabase } from './standalone-database.js';
export { playSample, SAMPLE } from './sample.js';
export { startStandalone, type Rekeyed, type Standalone, type StandaloneOptions } from './standalone.js';
