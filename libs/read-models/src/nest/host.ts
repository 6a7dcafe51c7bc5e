import { Logger, Module, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { explainedDatabase } from '@perennial/journal';
import {
  createService,
  DataSettings,
  exitOnSignals,
  fail,
  Health,
  listen,
  Log,
  SERVICE,
  settingOf,
  settings,
  settingsOf,
  stopOnSignals,
  type Environment,
  type ServiceDescription,
  type ServiceSettings,
} from '@perennial/service';
import { KafkaSettings } from '@perennial/stream';
import { OperationsModule } from './operations.module.js';
import { openPlatform, type Platform } from './platform.js';
import { PLATFORM, PlatformModule } from './platform.module.js';
import { RunnerRegistry } from './runner.registry.js';
import { Schedule } from './schedule.js';
import { StreamServer } from './stream.server.js';

@Module({})
class Host {}

const hosting = (modules: readonly Type[], platform: Platform): DynamicModule => ({
  module: Host,
  imports: [PlatformModule.of(platform), OperationsModule, ...modules],
});

/** An application with these services, their streams connected; neither consuming nor listening yet. */
export async function createHost(
  modules: readonly Type[],
  platform: Platform,
  settings: ServiceSettings | readonly [ServiceSettings, ...object[]],
  log?: Log,
): Promise<NestFastifyApplication> {
  const app = await createService(hosting(modules, platform), settings, log);
  const health = app.get(Health);
  health.register('journal', () => platform.journal.heads());
  health.register('database', () => platform.database.query('select 1'));
  for (const runner of app.get(RunnerRegistry).all) {
    app.connectMicroservice({ strategy: new StreamServer(runner) });
    health.register(`stream of ${runner.options.models.schema}`, async () => {
      if (runner.unfit) throw new Error(runner.unfit);
    });
  }
  return app;
}

/** A service that runs by itself is named by its module, in the logs. */
function nameOf([module, ...others]: readonly Type[]): string {
  const service = module && (Reflect.getMetadata(SERVICE, module) as ServiceDescription | undefined);
  return others.length === 0 && service ? service.name : 'perennial';
}

/** What is to be done once a service listens: its topics are looked at, its read models made ready, and it consumes. */
export async function startConsuming(app: NestFastifyApplication): Promise<void> {
  const { kafka } = app.get<Platform>(PLATFORM);
  await kafka?.prepareIfThere();
  await app.startAllMicroservices();
}

/** A service's whole main.ts: opens what the settings name, consumes, listens, and stops in order. */
export async function startHost<Settings extends DataSettings>(
  modules: readonly Type[],
  Settings: new () => Settings = DataSettings as new () => Settings,
  environment: Environment = process.env,
): Promise<NestFastifyApplication | undefined> {
  let app: NestFastifyApplication | undefined;
  try {
    const [own, kafka] = settingOf('streamUrl', environment)?.startsWith('kafka://')
      ? settingsOf([Settings, KafkaSettings], environment)
      : [settings(Settings, environment)];
    const { journalUrl, streamUrl, databaseUrl, vaultUrl = databaseUrl, masterKey, formerMasterKeys } = own;
    const urls = { journalUrl, streamUrl, databaseUrl, vaultUrl };
    const log = new Log({ service: nameOf(modules), level: own.logLevel });
    // What is told before there is an application is told by it, too.
    Logger.overrideLogger(log);
    const leaveSignals = exitOnSignals();
    const platform = await openPlatform({ ...urls, masterKey, formerMasterKeys, kafka });
    app = await createHost(modules, platform, own, log);
    stopOnSignals(app, { after: () => platform.close() });
    leaveSignals();
    // Read models that are built anew take their time; whoever looks after the process sees meanwhile that it lives.
    const started = app;
    await listen(started, () => startConsuming(started));
    app.get(Schedule).start();
    return app;
  } catch (error) {
    // A start that is given up because it was told to stop has not failed.
    if (app?.get(Health).isStopping) return app;
    return fail(explainedDatabase(error, 'A database (DATABASE_URL, JOURNAL_URL or VAULT_URL)'));
  }
}
