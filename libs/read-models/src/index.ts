export { AggregateTable, GroupKey, Total } from './aggregates/aggregate-table.js';
export type { ComputedTable } from './computed/computed-table.js';
export { currentCustomer } from './customers/current-customer.js';
export { Subject, subjects } from './customers/subjects.facts.js';
export { Column, CustomerKey, DerivedKey, DerivedTable, reading } from './derived/derived-table.js';
export { dataDictionary } from './documentation/data-dictionary.js';
export { Stamp, type ProjectedEvent } from './event.js';
export {
  Computed,
  Earliest,
  EventKey,
  FactTable,
  Key,
  Latest,
  Max,
  Min,
  SetOf,
  SubjectKey,
  Sum,
  Value,
  type EntityClass,
} from './facts/fact-table.js';
export { facts, forgottenColumns, type Contribution, type Facts, type Projection } from './facts/facts.js';
export { flushOutbox } from './policies/outbox.js';
export { decisionId, type Decision, type Policy, type PolicyTable, type Query } from './policies/policy.js';
export { ReadModels, type ReadModel, type ReadModelsDefinition } from './read-models.js';
export { applyBatch, inTransaction, putDecisions, type Target } from './runner/batch.js';
export type { BuildProgress, BuildSource, OnProgress } from './runner/build.js';
export { claim, FenceLost, movesOf, type Claim, type Move } from './runner/cursor.js';
export { Projector, type Opener } from './runner/projector.js';
export { rebuild, verify, type Comparison } from './runner/rebuild.js';
export { replayed } from './runner/replay.js';
export {
  JournalDiverged,
  Runner,
  type RunnerCounters,
  type RunnerLog,
  type RunnerOptions,
} from './runner/runner.js';
export { COPY_BEGIN } from './storage/binary.js';
export { addDecimals, compareDecimals, multiplyDecimals } from './storage/decimal.js';
export { onConnection } from './storage/connection.js';
export { Layout } from './storage/layout.js';
export { ANALYST_ROLE, builtAt, createTables, prepareSchema } from './storage/schema.js';
export { replaceViews, type AnalystView } from './storage/view.js';
export { createHost, startConsuming, startHost } from './nest/host.js';
export { Operations, type Status } from './nest/operations.js';
export { OperationsModule } from './nest/operations.module.js';
export { openPlatform, type Platform, type PlatformUrls } from './nest/platform.js';
export { DATABASE, JOURNAL, PLATFORM, PlatformModule, VAULT } from './nest/platform.module.js';
export { ReadModelsModule } from './nest/read-models.module.js';
export { RunnerRegistry } from './nest/runner.registry.js';
export { Schedule } from './nest/schedule.js';
export { StreamServer } from './nest/stream.server.js';
