import type { INestApplication } from '@nestjs/common';
import { Health } from './health/health.js';
import { Log } from './logs/log.js';
import { ServiceSettings } from './settings/service.settings.js';

export interface StopOptions {
  /** After the application is closed, e.g. to stop the database. */
  after?: () => Promise<void>;
  exit?: (code: number) => void;
}

/** One request to stop often arrives twice, from the launcher and from the process manager. Milliseconds. */
const echo = 1_000;

const signals = { SIGTERM: 143, SIGINT: 130 } as const;

/**
 * While there is nothing to stop in order yet: SIGTERM or SIGINT end the process at once. The first process of a container
 * would not hear them otherwise. Answers the function that stops listening for signals.
 */
export function exitOnSignals(exit: (code: number) => void = (code) => process.exit(code)): () => void {
  return onSignals(() => exit(0));
}

/** Listens to the signals; answers the function that stops it. */
function onSignals(heard: (signal: keyof typeof signals) => void): () => void {
  const names = Object.keys(signals) as (keyof typeof signals)[];
  for (const name of names) process.on(name, heard);
  return () => names.forEach((name) => process.off(name, heard));
}

/**
 * On SIGTERM or SIGINT: not ready any more; then what Nest's `close` does, in this order: consumers stop
 * (`onModuleDestroy`, `beforeApplicationShutdown`), running requests end and the port closes, connections
 * are given back (`onApplicationShutdown`). Exits 0; 1 if that takes longer than SHUTDOWN_GRACE. A second,
 * later signal exits at once. Answers the function that stops listening for signals.
 */
export function stopOnSignals(
  app: INestApplication,
  { after, exit = (code) => process.exit(code) }: StopOptions = {},
): () => void {
  const log = app.get(Log);
  const { shutdownGrace } = app.get(ServiceSettings);
  let askedAt: number | undefined;

  const stop = async (signal: string) => {
    log.log(`${signal}: stopping`, 'service');
    app.get(Health).stopping();
    const timer = setTimeout(() => {
      log.error(`not stopped after ${shutdownGrace} s, giving up`, 'service');
      exit(1);
    }, shutdownGrace * 1000);
    try {
      await app.close();
      await after?.();
      clearTimeout(timer);
      log.log('stopped', 'service');
      exit(0);
    } catch (error) {
      clearTimeout(timer);
      log.error('stopping failed', error, 'service');
      exit(1);
    }
  };

  return onSignals((signal) => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      void stop(signal);
    } else if (Date.now() - askedAt > echo) {
      exit(signals[signal]);
    }
  });
}
