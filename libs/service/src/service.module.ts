import { Module, ValidationPipe, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from './access/access.guard.js';
import { Tokens } from './access/tokens.js';
import { HealthController } from './health/health.controller.js';
import { Health } from './health/health.js';
import { Log } from './logs/log.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { invalidRequest } from './problems/problem.js';
import { ServiceSettings } from './settings/service.settings.js';

/** What the modules of every service find: its settings under their own class, Log, Health, Metrics, Tokens. */
@Module({})
export class ServiceModule {
  static of(settings: readonly [ServiceSettings, ...object[]], log: Log): DynamicModule {
    const shared = [
      { provide: Log, useValue: log },
      { provide: ServiceSettings, useValue: settings[0] },
      ...settings.map((values) => ({ provide: values.constructor, useValue: values })),
      Health,
      Metrics,
      Tokens,
    ];
    return {
      module: ServiceModule,
      global: true,
      controllers: [HealthController, MetricsController],
      providers: [
        ...shared,
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: validation },
      ],
      exports: shared,
    };
  }
}

/** Unknown fields are refused: a misspelt optional field would be lost silently otherwise. */
const validation = () =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    validationError: { target: false, value: false },
    exceptionFactory: invalidRequest,
  });
