import { parentPort, workerData } from 'node:worker_threads';
import { fitModels, type FitBasis } from './fit.js';

/** What the thread of a fit runs: what came with it is fitted, the answer is its only message, an error its end. */
parentPort?.postMessage(fitModels(workerData as FitBasis));
