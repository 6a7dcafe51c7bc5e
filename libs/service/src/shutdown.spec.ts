import { setTimeout as sleep } from 'node:timers/promises';
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
    await sleep(300);
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
  while (!story.length) await sleep(5);
  process.emit('SIGTERM', 'SIGTERM');
  expect((await app.get(Health).readiness()).status).toBe('stopping');
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

it('gives up after the grace period', async () => {
  await start({ SHUTDOWN_GRACE: '0' });
  consumerStops = () => sleep(500);
  process.emit('SIGTERM', 'SIGTERM');
  expect(await exited).toBe(1);
  await sleep(600);
});

it('takes the echo of a signal for one, and a later one for impatience', async () => {
  await start();
  consumerStops = () => sleep(2_000);
  let code: number | undefined;
  void exited.then((value) => (code = value));
  process.emit('SIGINT', 'SIGINT');
  await sleep(100);
  process.emit('SIGINT', 'SIGINT');
  expect(code).toBeUndefined();
  await sleep(1_100);
  expect(code).toBeUndefined();
  process.emit('SIGINT', 'SIGINT');
  expect(await exited).toBe(130);
  await sleep(1_200);
});
