import type { Fault } from './fault.js';
import { databaseCrashes } from './faults/database.faults.js';
import { identityMoves, newerVersion, poison, sentOften } from './faults/events.faults.js';
import { collectorKilled, serviceKilled } from './faults/killed.faults.js';
import { shardsMove, stalled, zombie } from './faults/owners.faults.js';

/** Every fault that can be caused on one machine, in the sequence of the matrix in docs/operations.md. */
export const faults: readonly Fault[] = [
  serviceKilled,
  collectorKilled,
  databaseCrashes,
  shardsMove,
  zombie,
  sentOften,
  poison,
  newerVersion,
  stalled,
  identityMoves,
];
