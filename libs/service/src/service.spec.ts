import { jest } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { Body, Controller, Get, Injectable, Module, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  Allow,
  AnsweredWithin,
  Answers,
  CalledBy,
  CrossOrigin,
  Field,
  Health,
  Log,
  OversizedBody,
  PageOf,
  PageQuery,
  PublisherKeys,
  RawRequest,
  Refused,
  Service,
  ServiceSettings,
  createService,
  cursorOf,
  etagOfVersion,
  expectedVersion,
  ifChanged,
  issueToken,
  keyOf,
  listen,
  pageOf,
  routesOf,
  settings,
  startService,
  type Caller,
  type Environment,
  type Page,
  type Problem,
  type Publisher,
} from './index.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';

class Lamp {
  @Field.text({ description: 'What it is called.', maxLength: 20, example: 'lamp' })
  name!: string;

  @Field.integer({ description: 'How many.', min: 1, max: 100 })
  quantity!: number;

  @Field.time({ description: 'When.', optional: true })
  at?: string;

  @Field.day({ description: 'On which day.', optional: true })
  on?: string;
}

class Order {
  @Field.object({ description: 'What was ordered.', of: () => Lamp, list: 2 })
  lines!: Lamp[];
}

class LampPage extends PageOf(Lamp) {}

/** Until it is resolved, a handler hangs. */
const hung = Promise.withResolvers<undefined>();

const lamps = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, quantity: 1 }));

@Controller('api/lamps')
@Allow('reader')
class LampController {
  @Get()
  @Answers(LampPage)
  list(@Query() { limit, after }: PageQuery): Page<Lamp> {
    const [from] = keyOf(after, 1) ?? [''];
    return pageOf(lamps.filter(({ name }) => name > String(from)).slice(0, limit + 1), limit, ({ name }) => [
      name,
    ]);
  }

  @Post()
  @Allow('operator')
  @Answers(Order, { status: 202 })
  order(@Body() order: Order) {
    return order;
  }

  @Post(':name/light')
  @Allow('operator')
  light(@Param('name') name: string, @Req() request: FastifyRequest) {
    const version = expectedVersion(request);
    if (version !== undefined && version !== 3)
      throw new Refused('lamp-changed', 'The lamp has changed since.');
    if (name === 'z') throw new Refused('lamp-unknown', 'There is no such lamp.', 'missing');
    if (name === 'y') throw new Refused('lamp-unlit', 'This lamp can not be lit.', 'invalid');
    return { name };
  }

  @Get('one')
  one(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return ifChanged(request, reply, { name: 'a' }, etagOfVersion(3));
  }

  @Get('broken')
  broken() {
    throw new Error('the row of ann.canary@example.org is broken');
  }

  @Post('hanging')
  @AnsweredWithin(300)
  async hanging() {
    await hung.promise;
    return { too: 'late' };
  }

  @Get('unreachable')
  unreachable() {
    throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }

  @Get('lost')
  lost() {
    throw new Error('Connection terminated unexpectedly');
  }

  @Get('caller')
  caller(@CalledBy() caller: Caller) {
    return caller;
  }
}

@Controller('undeclared')
class UndeclaredController {
  @Get()
  read() {
    return 'never';
  }
}

@Controller('events')
@Allow('publisher')
@CrossOrigin()
class DoorController {
  @Post()
  @RawRequest()
  receive(@Body() body: Buffer | OversizedBody, @CalledBy() caller: Caller) {
    if (body instanceof OversizedBody)
      return { length: body.length, limit: body.limit, source: caller.source };
    return { bytes: body.length, text: body.toString(), source: caller.source };
  }
}

@Injectable()
class Keys extends PublisherKeys {
  async find(writeKey: string): Promise<Publisher | undefined> {
    return writeKey === 'wk_shop' ? { name: 'shop key', source: '/shop' } : undefined;
  }

  override keyOf(request: FastifyRequest): string | undefined {
    const body = request.body;
    return Buffer.isBuffer(body) ? /"writeKey":"(\w+)"/.exec(body.toString())?.[1] : undefined;
  }
}

@Service({ name: 'lamps', description: 'Lamps.' })
@Module({
  controllers: [LampController, UndeclaredController, DoorController],
  providers: [{ provide: PublisherKeys, useClass: Keys }],
})
class LampModule {}

interface Running {
  app: NestFastifyApplication;
  url: string;
  lines: string[];
}

const started: NestFastifyApplication[] = [];
const start = async (environment: Environment = {}): Promise<Running> => {
  const lines: string[] = [];
  const log = new Log({
    service: 'lamps',
    level: 'debug',
    destination: { write: (line) => lines.push(line) },
  });
  const app = await createService(LampModule, settings(ServiceSettings, { PORT: '0', ...environment }), log);
  started.push(app);
  return { app, url: await listen(app), lines };
};
afterAll(() => Promise.all(started.map((app) => app.close())));

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return (await response.json()) as Problem;
};
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** fetch sets Host and Origin by itself; a hostile browser's request is made by hand. */
const raw = (url: string, headers: Record<string, string>, method = 'GET') =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    });
    request.once('error', reject);
    request.end();
  });

describe('in open mode', () => {
  let running: Running;
  let url: string;
  beforeAll(async () => {
    running = await start();
    ({ url } = running);
  });

  it('lets everybody on this machine do everything that is declared', async () => {
    expect((await fetch(`${url}/api/lamps`)).status).toBe(200);
    expect(await (await fetch(`${url}/api/lamps/caller`)).json()).toMatchObject({ name: 'local' });
  });

  it('refuses a route that declares nobody', async () => {
    const response = await fetch(`${url}/undeclared`);
    expect(response.status).toBe(403);
    expect(await problem(response)).toMatchObject({ code: 'undeclared-route' });
  });

  it('lists its routes with who may call them', () => {
    const routes = routesOf(running.app);
    expect(routes.filter(({ allowed }) => !allowed)).toEqual([
      { method: 'GET', path: '/undeclared', allowed: undefined },
    ]);
    expect(routes).toContainEqual({ method: 'POST', path: '/api/lamps/:name/light', allowed: ['operator'] });
    expect(routes).toContainEqual({ method: 'GET', path: '/health/live', allowed: ['anyone'] });
  });

  it.each([
    ['a page whose name was made to resolve to 127.0.0.1', { host: 'evil.example:8080' }],
    ['a page on another origin', { origin: 'https://evil.example' }],
    ['a page in a sandbox', { origin: 'null' }],
    ['an image on another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('refuses %s', async (_, headers) => {
    expect((await raw(`${url}/api/lamps`, headers)).status).toBe(403);
    expect((await raw(`${url}/events`, headers, 'POST')).status).toBe(403);
  });

  it.each<Record<string, string>>([
    { host: 'localhost' },
    { host: '[::1]:8080' },
    { origin: 'http://localhost:3000' },
  ])('lets %j pass', async (headers) => {
    expect((await raw(`${url}/api/lamps`, headers)).status).toBe(200);
  });

  describe('a problem', () => {
    it('names the fields that can not be used, not their values', async () => {
      const response = await fetch(
        `${url}/api/lamps`,
        json({ lines: [{ name: '', quantity: 0, colour: 'canary' }] }),
      );
      const found = await problem(response);
      expect(found).toMatchObject({ status: 400, code: 'invalid-request', title: 'Bad Request' });
      expect(found.errors?.map(({ field }) => field).sort()).toEqual([
        'lines.0.colour',
        'lines.0.name',
        'lines.0.quantity',
      ]);
      expect(JSON.stringify(found)).not.toContain('canary');
    });

    it.each(['2026-02-28', '2024-02-29'])('is none where a day is a day: %s', async (on) => {
      const lines = [{ name: 'a', quantity: 1, on }];
      expect((await fetch(`${url}/api/lamps`, json({ lines }))).status).toBe(202);
    });

    it.each([
      'nonsense',
      '2026-02-30',
      '2026-13-01',
      '2026-2-1',
      '2026-02-28T00:00:00Z',
      '0000-01-01',
      20260228,
    ])('says what a day is: %s is none', async (on) => {
      const found = await problem(
        await fetch(`${url}/api/lamps`, json({ lines: [{ name: 'a', quantity: 1, on }] })),
      );
      expect(found).toMatchObject({
        status: 400,
        errors: [{ field: 'lines.0.on', messages: ['on has to be a day such as 2026-03-31'] }],
      });
    });

    it.each([
      ['light', {}, 201],
      ['a/light', { 'if-match': '"v2"' }, 409],
      ['a/light', { 'if-match': '"v3"' }, 201],
      ['a/light', { 'if-match': 'soon' }, 400],
      ['z/light', {}, 404],
      ['y/light', {}, 422],
    ])('of POST %s %j is %i', async (path, headers, status) => {
      const whole = path === 'light' ? 'a/light' : path;
      const response = await fetch(`${url}/api/lamps/${whole}`, {
        method: 'POST',
        headers: headers as Record<string, string>,
      });
      expect(response.status).toBe(status);
    });

    it('that we did not foresee says only where the log has it', async () => {
      const response = await fetch(`${url}/api/lamps/broken`);
      const found = await problem(response);
      expect(found).toMatchObject({ status: 500, code: 'internal-error' });
      expect(JSON.stringify(found)).not.toMatch(/row|canary/);
      const id = found.instance.split(':').at(-1)!;
      expect(id).toBe(response.headers.get('x-request-id'));
      const logged = running.lines.find((line) => line.includes(id) && line.includes('"error"'));
      expect(logged).toContain('broken');
      expect(logged).not.toContain('canary');
    });

    it('of a handler that takes too long is temporary, though its request was read', async () => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/api/lamps/hanging`, { method: 'POST', headers, body: '{}' });
      hung.resolve(undefined);
      expect(await problem(response)).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
      expect(response.headers.get('retry-after')).toBe('5');
    });

    it.each(['unreachable', 'lost'])('of a system that is away is temporary: %s', async (route) => {
      const found = await problem(await fetch(`${url}/api/lamps/${route}`));
      expect(found).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
      expect(JSON.stringify(found)).not.toContain('10.0.0.1');
    });

    it.each([
      ['an unknown path', '/nowhere', {}, 404],
      [
        'a body that is not JSON',
        '/api/lamps',
        { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
        400,
      ],
      [
        'a body of another type',
        '/api/lamps',
        { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } },
        415,
      ],
      [
        'a prototype in JSON',
        '/api/lamps',
        { method: 'POST', body: '{"__proto__":{}}', headers: { 'content-type': 'application/json' } },
        400,
      ],
      ['a cursor of another list', '/api/lamps?after=bogus', {}, 400],
      ['a limit that is none', '/api/lamps?limit=many', {}, 400],
    ])('of %s', async (_, path, init: RequestInit, status) => {
      const response = await fetch(url + path, init);
      expect(response.status).toBe(status);
      expect(await problem(response)).toMatchObject({
        status,
        instance: expect.stringContaining('urn:perennial:request:'),
      });
    });

    it('of a body that is too large', async () => {
      const small = await start({ BODY_LIMIT: '1024' });
      const response = await fetch(`${small.url}/api/lamps`, json({ lines: 'x'.repeat(2000) }));
      expect(response.status).toBe(413);
      expect(await problem(response)).toMatchObject({ code: 'payload-too-large' });
    });
  });

  it('keeps a request id that may stand in a log, and no other', async () => {
    const idOf = async (id: string) =>
      (await fetch(`${url}/health/live`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('trace-0001')).toBe('trace-0001');
    expect(await idOf('user:42 "quoted"')).not.toContain('user');
  });

  it('hands on the bytes of a raw route, whatever their type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
      const response = await fetch(`${url}/events`, {
        method: 'POST',
        body: '{"a":',
        headers: { 'content-type': type },
      });
      expect(await response.json()).toMatchObject({ bytes: 5, text: '{"a":' });
    }
  });

  it('tells a raw route what is known of a body that is too large, and who sent it', async () => {
    const small = await start({ BODY_LIMIT: '1024', TOKEN_SECRET: 'x'.repeat(32) });
    const post = async (headers: Record<string, string>) =>
      fetch(`${small.url}/events`, { method: 'POST', body: 'x'.repeat(2000), headers });
    expect(await (await post({ authorization: 'Bearer wk_shop' })).json()).toEqual({
      length: 2000,
      limit: 1024,
      source: '/shop',
    });
    expect((await post({ authorization: 'Bearer wk_other' })).status).toBe(401);
  });

  it('pages through a list', async () => {
    const names: string[] = [];
    for (let after = ''; ;) {
      const page = (await (await fetch(`${url}/api/lamps?limit=2${after}`)).json()) as Page<Lamp>;
      names.push(...page.items.map(({ name }) => name));
      if (page.next === null) break;
      after = `&after=${page.next}`;
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await fetch(`${url}/api/lamps?after=${cursorOf(['a', 'b'])}`)).status).toBe(400);
  });

  it('sends content once', async () => {
    const first = await fetch(`${url}/api/lamps/one`);
    const etag = first.headers.get('etag')!;
    expect(await first.json()).toEqual({ name: 'a' });
    const again = await fetch(`${url}/api/lamps/one`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('measures requests by route, not by path', async () => {
    await fetch(`${url}/api/lamps/user:canary/light`, { method: 'POST' });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{.*route="\/api\/lamps\/:name\/light".*\} \d/,
    );
    expect(metrics).toContain('process_cpu_user_seconds_total');
    expect(metrics).not.toContain('canary');
  });

  it('describes itself', async () => {
    const document = (await (await fetch(`${url}/api/lamps/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
      components: { schemas: Record<string, { properties: Record<string, unknown>; required: string[] }> };
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/lamps/{name}/light');
    expect(Object.keys(document.paths)).not.toContain('/metrics');
    expect(document.paths['/api/lamps']).toMatchObject({
      get: {
        security: [{ bearer: [] }],
        'x-allowed': ['reader'],
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/LampPage' } } } },
          default: { content: { 'application/problem+json': expect.anything() } },
        },
      },
      post: { 'x-allowed': ['operator'], responses: { 202: expect.anything() } },
    });
    expect(document.paths['/events']?.post).toMatchObject({ security: [{ bearer: [] }, { basic: [] }] });
    const { Lamp: lamp, Order: order } = document.components.schemas;
    expect(lamp?.properties.name).toMatchObject({
      type: 'string',
      maxLength: 20,
      description: 'What it is called.',
    });
    expect(lamp?.properties.quantity).toMatchObject({ type: 'integer', minimum: 1, maximum: 100 });
    expect(lamp?.required).toEqual(['name', 'quantity']);
    expect(order?.properties.lines).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/Lamp' },
    });
  });

  it('is ready while all that it needs is there', async () => {
    const health = running.app.get(Health);
    const readiness = async () => {
      const response = await fetch(`${url}/health/ready`);
      return [response.status, await response.json()];
    };
    health.register('database', async () => undefined);
    expect(await readiness()).toEqual([200, { status: 'ready', checks: { database: 'up' } }]);
    health.register('database', async () => Promise.reject(new Error('no route to 10.0.0.1')));
    expect(await readiness()).toEqual([503, { status: 'unready', checks: { database: 'down' } }]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    health.register('database', async () => undefined);
  });
});

describe('a service that listens while it is still starting', () => {
  it('says that it lives, and tells callers to come again', async () => {
    const starting = Promise.withResolvers<undefined>();
    const app = await createService(
      LampModule,
      settings(ServiceSettings, { PORT: '0', LOG_LEVEL: 'silent' }),
    );
    const listening = listen(app, () => starting.promise);
    while (!app.getHttpServer().listening) await new Promise(setImmediate);
    const { port } = app.getHttpServer().address() as { port: number };
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(200);
    const ready = await get('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'starting', checks: {} }]);
    const refused = await get('/api/lamps');
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await problem(refused)).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
    starting.resolve(undefined);
    await listening;
    expect((await get('/api/lamps')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
    await app.close();
  });
});

describe('with keys', () => {
  let url: string;
  const tokenOf = (roles: Caller['roles'], options: { expires?: string; secret?: string } = {}) =>
    issueToken(options.secret ?? secret, { name: 'ops', roles }, { expires: options.expires ?? '1h' });
  beforeAll(async () => ({ url } = await start({ TOKEN_SECRET: secret })));

  it('lets a token with the role pass', async () => {
    const response = await fetch(`${url}/api/lamps/caller`, bearer(await tokenOf(['reader'])));
    expect(await response.json()).toEqual({ name: 'ops', roles: ['reader'] });
  });

  it('refuses who shows nothing', async () => {
    const response = await fetch(`${url}/api/lamps`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(await problem(response)).toMatchObject({ code: 'unauthenticated' });
  });

  it('refuses a token with another role', async () => {
    expect((await fetch(`${url}/api/lamps`, bearer(await tokenOf(['publisher'])))).status).toBe(403);
    expect((await fetch(`${url}/api/lamps`, bearer(await tokenOf([])))).status).toBe(403);
  });

  it.each([
    ['one that has expired', () => tokenOf(['reader'], { expires: '-1s' })],
    [
      'one of another secret',
      () => tokenOf(['reader'], { secret: 'another-secret-of-thirty-two-characters' }),
    ],
    ['one without a signature', async () => `${btoa('{"alg":"none"}')}.${btoa('{"roles":["reader"]}')}.`],
    ['a word', async () => 'open.sesame'],
  ])('refuses a token: %s', async (_, token) => {
    expect((await fetch(`${url}/api/lamps`, bearer(await token()))).status).toBe(401);
  });

  it.each([
    ['as the user of Basic', { authorization: `Basic ${btoa('wk_shop:')}` }, '{}'],
    ['as a bearer', { authorization: 'Bearer wk_shop' }, '{}'],
    ['where the collector looks for it', {}, '{"writeKey":"wk_shop"}'],
  ])('knows the source of a write key, sent %s', async (_, headers, body) => {
    const response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
    });
    expect(await response.json()).toMatchObject({ source: '/shop' });
  });

  it('gives a write key no other route', async () => {
    expect(
      (
        await fetch(`${url}/events`, {
          method: 'POST',
          headers: { authorization: 'Bearer wk_other' },
          body: '{}',
        })
      ).status,
    ).toBe(401);
    expect((await fetch(`${url}/api/lamps`, bearer('wk_shop'))).status).toBe(401);
  });

  it('lets browsers on any origin publish, and do nothing else', async () => {
    const origin = 'https://shop.example';
    const preflight = await raw(
      `${url}/events`,
      { origin, 'access-control-request-headers': 'authorization' },
      'OPTIONS',
    );
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization',
    });
    const post = await raw(`${url}/events`, { origin, authorization: 'Bearer wk_shop' }, 'POST');
    expect(post.headers['access-control-allow-origin']).toBe(origin);
    const read = await raw(`${url}/api/lamps`, { origin });
    expect(read.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('lets only the named origins publish, where they are named', async () => {
    const named = await start({ TOKEN_SECRET: secret, CORS_ORIGINS: 'https://shop.example' });
    const allowed = async (origin: string) =>
      (await raw(`${named.url}/events`, { origin }, 'OPTIONS')).headers['access-control-allow-origin'];
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    expect(await allowed('https://evil.example')).toBeUndefined();
  });
});

it('does not start with settings that can not be used, and says so', async () => {
  const exit = jest.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  await expect(startService(LampModule, ServiceSettings, { HOST: '0.0.0.0' })).rejects.toThrow('exit 78');
  expect(stderr).toHaveBeenCalledWith(expect.stringContaining('TOKEN_SECRET'));
  exit.mockRestore();
  stderr.mockRestore();
});
