import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Allow } from './access/allow.js';
import { Health } from './health/health.js';
import { Log } from './logs/log.js';
import { createService, listen } from './service.js';
import { settings } from './settings/settings.js';
import { ServiceSettings } from './settings/service.settings.js';
import { stopOnSignals } from './shutdown.js';

let story: string[];
let consumerStops: () => Promise<unknown>;
/** Until it is resolved, what was asked is not answered. */
let answer: PromiseWithResolvers<undefined>;
const told = async (what: string) => {
  while (!story.includes(what)) await sleep(5);
};

@Injectable()
class Consumer implements BeforeApplicationShutdown, OnApplicationShutdown {
  async beforeApplicationShutdown() {
    await consumerStops();
    story.push('consumer stopped');
  }

  onApplicationShutdown() {
    story.push('pool closed');
  }
}

@Controller('slow')
@Allow('anyone')
class SlowController {
  @Get()
  async answer() {
    story.push('request came');
    await answer.promise;
    story.push('request answered');
    return 'done';
  }
}

@Module({ controllers: [SlowController], providers: [Consumer] })
class SlowModule {}

let app: NestFastifyApplication;
let url: string;
let exited: Promise<number>;
let forget: () => void;
const start = async (environment = {}) => {
  story = [];
  answer = Promise.withResolvers();
  consumerStops = () => Promise.resolve();
  const log = new Log({ service: 'slow', destination: { write: () => undefined } });
  app = await createService(SlowModule, settings(ServiceSettings, { PORT: '0', ...environment }), log);
  url = await listen(app);
  exited = new Promise((resolve) => {
    forget = stopOnSignals(app, {
      exit: resolve,
      after: async () => {
        story.push('database stopped');
      },
    });
  });
};
afterEach(() => forget());

it('answers what it has begun, then closes, in order', async () => {
  await start();
  const running = fetch(`${url}/slow`);
  await told('request came');
  process.emit('SIGTERM', 'SIGTERM');
  expect((await app.get(Health).readiness()).status).toBe('stopping');
  await told('consumer stopped');
  answer.resolve(undefined);
  expect(await (await running).text()).toBe('done');
  expect(await exited).toBe(0);
  expect(story).toEqual([
    'request came',
    'consumer stopped',
    'request answered',
    'pool closed',
    'database stopped',
  ]);
  await expect(fetch(`${url}/slow`)).rejects.toThrow();
});

describe('where consumers do not stop', () => {
  let consumers: PromiseWithResolvers<undefined>;
  beforeEach(() => (consumers = Promise.withResolvers()));
  afterEach(async () => {
    jest.restoreAllMocks();
    consumers.resolve(undefined);
    await told('database stopped');
  });

  it('gives up after the grace period', async () => {
    await start({ SHUTDOWN_GRACE: '0' });
    consumerStops = () => consumers.promise;
    process.emit('SIGTERM', 'SIGTERM');
    expect(await exited).toBe(1);
  });

  it('takes the echo of a signal for one, and a later one for impatience', async () => {
    await start();
    consumerStops = () => consumers.promise;
    let code: number | undefined;
    void exited.then((value) => (code = value));
    const [asked, clock] = [Date.now(), jest.spyOn(Date, 'now')];
    const interruptedAfter = async (milliseconds: number) => {
      clock.mockReturnValue(asked + milliseconds);
      process.emit('SIGINT', 'SIGINT');
      await sleep(20);
      return code;
    };
    expect(await interruptedAfter(0)).toBeUndefined();
    expect(await interruptedAfter(100)).toBeUndefined();
    expect(await interruptedAfter(1_000)).toBeUndefined();
    expect(await interruptedAfter(1_200)).toBe(130);
  });
});
