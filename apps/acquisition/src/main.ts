import { startHost } from '@perennial/read-models';
import { AcquisitionModule } from './acquisition.module.js';

await startHost([AcquisitionModule]);
