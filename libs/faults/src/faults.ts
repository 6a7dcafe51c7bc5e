import type { Fault } from './fault.js';
import { databaseCrashes, databaseSlow, diskFails, diskFull, writersRace } from './faults/database.faults.js';
import { erasedMeanwhile } from './faults/erasure.faults.js';
import { identityMoves, newerVersion, poison, sentOften } from './faults/events.faults.js';
import {
  kafkaAway,
  kafkaDiskFull,
  publishedOften,
  recordsSwapped,
  topicGone,
} from './faults/kafka.faults.js';
import { collectorKilled, serviceKilled } from './faults/killed.faults.js';
import { memoryLimit, shardsMove, stalled, zombie } from './faults/owners.faults.js';
import { backupRestored, rebuildKilled, rebuildStands } from './faults/rebuild.faults.js';
import { clockWrong, cutOff, kafkaNetworkBreaks, networkBreaks } from './faults/surroundings.faults.js';

/** Every fault of the matrix in docs/operations.md, in its sequence. */
export const faults: readonly Fault[] = [
  serviceKilled,
  collectorKilled,
  kafkaAway,
  databaseCrashes,
  shardsMove,
  zombie,
  sentOften,
  publishedOften,
  recordsSwapped,
  topicGone,
  poison,
  newerVersion,
  clockWrong,
  databaseSlow,
  networkBreaks,
  kafkaNetworkBreaks,
  cutOff,
  diskFull,
  kafkaDiskFull,
  diskFails,
  writersRace,
  backupRestored,
  rebuildKilled,
  rebuildStands,
  erasedMeanwhile,
  stalled,
  memoryLimit,
  identityMoves,
];
