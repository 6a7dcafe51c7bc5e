import { Module } from '@nestjs/common';
import { Service } from '@perennial/service';
import { OperationsController } from './operations.controller.js';
import { Operations } from './operations.js';
import { Peers } from './peers.js';
import { RunnerMetrics } from './runner.metrics.js';

/** Status, rebuild and verify of the services in this process, and of those that OPERATIONS_PEERS names. */
@Service({ name: 'operations', description: 'What operators ask: status, rebuild, verify.' })
@Module({
  controllers: [OperationsController],
  providers: [Operations, Peers, RunnerMetrics],
  exports: [Operations],
})
export class OperationsModule {}
