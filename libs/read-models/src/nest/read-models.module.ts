import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { WatchedClient } from '@perennial/journal';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ReadModels, type ReadModelsDefinition } from '../read-models.js';
import { Runner, type RunnerLog } from '../runner/runner.js';
import type { Platform } from './platform.js';
import { PLATFORM } from './platform.module.js';
import { RunnerRegistry } from './runner.registry.js';

const logOf = (service: string): RunnerLog => {
  const logger = new Logger(service);
  return {
    info: (message, fields) => logger.log({ ...fields, message }),
    warn: (message, fields) => logger.warn({ ...fields, message }),
    error: (message, fields) => logger.error({ ...fields, message }),
  };
};

/**
 * A service's read models: its repositories over the stable views (data source named after the schema), and
 * the runner that keeps its tables, started with the application's microservices.
 */
@Module({})
export class ReadModelsModule {
  static of(definition: ReadModelsDefinition): DynamicModule {
    const models = new ReadModels(definition);
    const runner = Symbol(`runner of ${models.schema}`);
    return {
      module: ReadModelsModule,
      imports: [
        TypeOrmModule.forRootAsync({
          name: models.schema,
          inject: [PLATFORM],
          useFactory: ({ databaseUrl }: Platform) => ({
            type: 'postgres' as const,
            url: databaseUrl,
            schema: models.schema,
            entities: models.entities,
            applicationName: `perennial ${models.schema} api`,
            poolSize: 6,
            extra: { options: `-c search_path=${models.schema}`, Client: WatchedClient },
          }),
        }),
        TypeOrmModule.forFeature(models.entities, models.schema),
      ],
      providers: [
        {
          provide: runner,
          inject: [PLATFORM, RunnerRegistry],
          useFactory: (platform: Platform, registry: RunnerRegistry) => {
            const { database, batches, journal, opener } = platform;
            const created = new Runner({
              models,
              pool: database,
              batches,
              journal,
              stream: platform.consumer(models.schema),
              opener,
              log: logOf(models.schema),
            });
            registry.add(created);
            return created;
          },
        },
      ],
      exports: [TypeOrmModule],
    };
  }
}
