export { CollectorModule } from './collector.module.js';
export { migrateCollector } from './collector.migration.js';
export { CollectorLimits, CollectorSettings } from './collector.settings.js';
