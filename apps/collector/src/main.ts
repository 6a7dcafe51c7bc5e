import { startHost } from '@perennial/read-models';
import { CollectorModule } from './collector.module.js';
import { CollectorSettings } from './collector.settings.js';

await startHost([CollectorModule], CollectorSettings);
