import { ServiceSettings, startService } from '@perennial/service';
import { ConsoleModule } from './console.module.js';

await startService(ConsoleModule, ServiceSettings);
