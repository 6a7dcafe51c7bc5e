export { CollectorModule } from './collector.module.js';
export { migrateCollector } from './collector.migration.js';
export { Relay } from './relay/relay.js';
export { RelayLease } from './relay/relay.lease.js';
export { CollectorLimits, CollectorSettings } from './collector.settings.js';
