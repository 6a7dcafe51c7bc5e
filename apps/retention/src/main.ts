import { startHost } from '@perennial/read-models';
import { RetentionModule } from './retention.module.js';

await startHost([RetentionModule]);
