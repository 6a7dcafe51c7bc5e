import { Module } from '@nestjs/common';
import { ReadModelsModule } from '@perennial/read-models';
import { Service } from '@perennial/service';
import { ActivityController } from './activity/activity.controller.js';
import { interactions } from './interactions.read-models.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { TimelineController } from './timeline/timeline.controller.js';

@Service({
  name: 'interactions',
  description:
    'What happened between each customer and us, over all channels: timeline, visits, orders, deliveries.',
})
@Module({
  imports: [ReadModelsModule.of(interactions)],
  controllers: [TimelineController, SessionsController, ActivityController],
})
export class InteractionsModule {}
