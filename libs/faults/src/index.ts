export { faults } from './faults.js';
export type { Choices, Fault, World } from './fault.js';
export { runFaults, type Result, type RunOptions } from './run.js';
export { ServiceProcess } from './system/service-process.js';
