import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Health } from './health/health.js';
import { limitAnswers } from './http/route-config.js';
import { parseBodies } from './http/body-parser.js';
import { endConnectionsOnClose, observeRequests, requestId } from './http/observation.js';
import { putOffWhilePreparing } from './http/preparation.js';
import { checkOrigins } from './http/origins.js';
import { Log } from './logs/log.js';
import { Metrics } from './metrics/metrics.js';
import { serveOpenApi } from './openapi/openapi.js';
import { SERVICE, type ServiceDescription } from './openapi/service.decorator.js';
import { ServiceModule } from './service.module.js';
import { EX_CONFIG, settings, type Environment } from './settings/settings.js';
import { ServiceSettings } from './settings/service.settings.js';
import { stopOnSignals } from './shutdown.js';

@Module({})
class Root {}

/**
 * A Nest application of one service, or of several in one process: the first settings are the process's
 * own (address, keys, limits), each further object serves the module that asks for its class. It is
 * initialised and doesn't listen yet.
 */
export async function createService(
  module: Type | DynamicModule,
  settings: ServiceSettings | readonly [ServiceSettings, ...object[]],
  log?: Log,
): Promise<NestFastifyApplication> {
  const all = settings instanceof ServiceSettings ? ([settings] as const) : settings;
  const [own] = all;
  const name = (Reflect.getMetadata(SERVICE, module) as ServiceDescription | undefined)?.name ?? 'perennial';
  const logger = log ?? new Log({ service: name, level: own.logLevel });
  const adapter = new FastifyAdapter({
    bodyLimit: own.bodyLimit,
    // Forwarded headers are not believed: nothing is decided by a caller's address.
    trustProxy: false,
    genReqId: requestId,
    requestIdHeader: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    requestTimeout: 60_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2_000 },
  });
  const root = { module: Root, imports: [ServiceModule.of(all, logger), module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  endConnectionsOnClose(fastify);
  observeRequests(fastify, app.get(Metrics), logger);
  checkOrigins(fastify, own);
  putOffWhilePreparing(fastify, app.get(Health));
  parseBodies(fastify);
  limitAnswers(fastify);
  serveOpenApi(app);
  return app.init();
}

/**
 * Listens at HOST and PORT; then the service has started. Answers its address. While what is still to be done then is done,
 * health and metrics are answered, and other requests are told to come again.
 */
export async function listen(app: NestFastifyApplication, start?: () => Promise<unknown>): Promise<string> {
  const { host, port } = app.get(ServiceSettings);
  const health = app.get(Health);
  const log = app.get(Log);
  if (start) health.preparing();
  await app.listen(port, host);
  const { port: actual } = app.getHttpServer().address() as { port: number };
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
  if (start) log.log(`listening on ${url}, starting`, 'service');
  await start?.();
  // Whoever is told to stop meanwhile has not started.
  if (health.isStopping) return url;
  health.started();
  log.log(`started at ${url}`, 'service');
  return url;
}

/**
 * A service's whole main.ts: reads the settings, listens, and stops in order on SIGTERM or Ctrl-C. A
 * setting that can't be used ends the process with code 78, any other failure with 1.
 */
export async function startService<Settings extends ServiceSettings>(
  module: Type,
  Settings: new () => Settings,
  environment: Environment = process.env,
): Promise<NestFastifyApplication | undefined> {
  try {
    const app = await createService(module, settings(Settings, environment));
    stopOnSignals(app);
    await listen(app);
    return app;
  } catch (error) {
    return fail(error);
  }
}

/**
 * Ends the process and says why: a sentence for what the reader can mend, a stack for what we can. Errors that the reader
 * can mend carry their `exitCode`.
 */
export function fail(error: unknown): never {
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode);
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    process.stderr.write(`${error.message}. Another program listens there; set PORT.\n`);
    process.exit(EX_CONFIG);
  }
  new Log({ service: 'perennial' }).fatal('could not start', error, 'service');
  process.exit(1);
}
