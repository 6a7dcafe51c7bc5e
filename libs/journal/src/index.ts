export * from './group-commit.js';
export { journalBench, singleEventsBench } from './journal.bench.js';
export * from './journal.errors.js';
export * from './journal.port.js';
export * from './open-journal.js';
export * from './migrate-journal.js';
export * from './postgres/postgres-journal.js';
export * from './shard.fault.js';
export * from './shard.js';
