import { Module } from '@nestjs/common';
import { Service } from '@perennial/service';
import { OperationsController } from './operations.controller.js';
import { Operations } from './operations.js';
import { RunnerMetrics } from './runner.metrics.js';

/** Status, rebuild and verify of the services in this process. */
@Service({ name: 'operations', description: 'What operators ask: status, rebuild, verify.' })
@Module({
  controllers: [OperationsController],
  providers: [Operations, RunnerMetrics],
  exports: [Operations],
})
export class OperationsModule {}
