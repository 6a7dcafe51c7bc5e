import { CollectorSettings } from '@perennial/collector';
import { startHost } from '@perennial/read-models';
import { services } from './services.js';

// Everything in one process on a PostgreSQL of one's own, e.g. in a container.
await startHost(services, CollectorSettings);
