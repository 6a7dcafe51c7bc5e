import { startHost } from '@perennial/read-models';
import { InteractionsModule } from './interactions.module.js';

await startHost([InteractionsModule]);
