import { startHost } from '@perennial/read-models';
import { RecommendationsModule } from './recommendations.module.js';

await startHost([RecommendationsModule]);
