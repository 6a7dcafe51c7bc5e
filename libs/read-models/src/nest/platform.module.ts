import { Module, type DynamicModule } from '@nestjs/common';
import type { Platform } from './platform.js';
import { RunnerRegistry } from './runner.registry.js';
import { Schedule } from './schedule.js';

/** Tokens of what all services of a process share. */
export const PLATFORM = Symbol('platform');
export const JOURNAL = Symbol('journal');
export const VAULT = Symbol('vault');
/** The pool of the read models' database. */
export const DATABASE = Symbol('database');

/** Gives every service the journal, the vault and the database. */
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      providers: [
        { provide: PLATFORM, useValue: platform },
        { provide: JOURNAL, useValue: platform.journal },
        { provide: VAULT, useValue: platform.vault },
        { provide: DATABASE, useValue: platform.database },
        RunnerRegistry,
        Schedule,
      ],
      exports: [PLATFORM, JOURNAL, VAULT, DATABASE, RunnerRegistry, Schedule],
    };
  }
}
