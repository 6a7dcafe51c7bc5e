import { AcquisitionModule } from '@perennial/acquisition';
import { CollectorModule } from '@perennial/collector';
import { ConsoleModule } from '@perennial/console';
import { InteractionsModule } from '@perennial/interactions';
import { RecommendationsModule } from '@perennial/recommendations';
import { RetentionModule } from '@perennial/retention';

/** Everything there is, for one process. */
export const services = [
  CollectorModule,
  AcquisitionModule,
  InteractionsModule,
  RetentionModule,
  RecommendationsModule,
  ConsoleModule,
];
