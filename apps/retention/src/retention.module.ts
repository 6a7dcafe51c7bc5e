import { Module } from '@nestjs/common';
import { ReadModelsModule } from '@perennial/read-models';
import { Service } from '@perennial/service';
import { CohortsController } from './cohorts/cohorts.controller.js';
import { MarginsController } from './costs/margins.controller.js';
import { GroupsClock } from './groups/groups.clock.js';
import { GroupsController } from './groups/groups.controller.js';
import { LifeCycleController } from './life-cycle/life-cycle.controller.js';
import { PurchasesController } from './purchases/purchases.controller.js';
import { retention } from './retention.read-models.js';
import { EquityController } from './equity/equity.controller.js';
import { ModelsController } from './models/models.controller.js';
import { RiskController } from './risk/risk.controller.js';
import { ScoresController } from './scores/scores.controller.js';
import { ScoringClock } from './scores/scoring.clock.js';
import { SegmentsController } from './segments/segments.controller.js';
import { SubscriptionsController } from './subscriptions/subscriptions.controller.js';
import { SurvivalController } from './survival/survival.controller.js';
import { WalletController } from './wallet/wallet.controller.js';

@Service({
  name: 'retention',
  description:
    'What customers bought and sent back: recency, frequency, value, cohorts, segments; what they will buy and who is leaving.',
})
@Module({
  imports: [ReadModelsModule.of(retention)],
  controllers: [
    PurchasesController,
    CohortsController,
    SegmentsController,
    SurvivalController,
    WalletController,
    ScoresController,
    RiskController,
    ModelsController,
    LifeCycleController,
    GroupsController,
    EquityController,
    MarginsController,
    SubscriptionsController,
  ],
  providers: [ScoringClock, GroupsClock],
})
export class RetentionModule {}
