import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CollectorModule, CollectorSettings } from '@perennial/collector';
import { ConsoleModule } from '@perennial/console';
import {
  createService,
  DataSettings,
  routesOf,
  ServiceSettings,
  settings,
  SettingsError,
} from '@perennial/service';
import { KafkaSettings } from '@perennial/stream';
import { serviceUnderTest } from '@perennial/testing';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path: string) => readFileSync(root + path, 'utf8');

interface Service {
  image?: string;
  build?: { dockerfile: string };
  command?: string[];
  environment?: Record<string, string | number>;
  healthcheck?: { test: string[] };
  ports?: string[];
  restart?: string;
  read_only?: boolean;
  stop_grace_period?: string;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/** What a reader's .env holds. */
const ENV: Record<string, string> = {
  POSTGRES_PASSWORD: 'a'.repeat(48),
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  TOKEN_SECRET: 'b'.repeat(64),
};

/** As `docker compose` reads `${NAME:?message}`: it refuses when the variable is not set. */
const interpolated = (yaml: string, env: Record<string, string>) =>
  yaml.replaceAll(/\$\{(\w+)(:\?[^}]*)?\}/g, (_, name: string, must: string | undefined) => {
    const value = env[name];
    if (value === undefined) throw new Error(`${name}: ${must ?? 'has no value and would be empty'}`);
    return value;
  });

const compose = (file: string, env = ENV) =>
  load(interpolated(text(file), env), { schema: CORE_SCHEMA.withTags(mergeTag) }) as Compose;

/** As Caddy reads its file: the first `handle` whose paths fit; none where it answers by itself. */
function behindTheDoor(path: string): string | undefined {
  const file = text('deploy/Caddyfile');
  const named = new Map([...file.matchAll(/(@\w+) path (.+)/g)].map(([, name, paths]) => [name!, paths!]));
  const blocks = [...file.matchAll(/handle( [^{]+)? \{([^}]+)\}/g)].map(([, matcher = ' /*', block]) => ({
    paths: (named.get(matcher.trim()) ?? matcher.trim()).split(' '),
    service: /reverse_proxy (\w+):8080/.exec(block!)?.[1],
  }));
  const fits = (pattern: string) =>
    pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
  return blocks.find(({ paths }) => paths.some(fits))?.service;
}

const isOurs = ({ image }: Service) => image === 'perennial';
const appOf = ({ command }: Service) =>
  /apps\/(\w+)\/dist\/main\.js/.exec(command?.join(' ') ?? '')?.[1] ?? 'standalone';
const classesOf = (app: string, streamUrl = ''): (new () => object)[] => {
  if (app === 'console') return [ServiceSettings];
  const own = app === 'collector' || app === 'standalone' ? CollectorSettings : DataSettings;
  return streamUrl.startsWith('kafka:') ? [own, KafkaSettings] : [own];
};

describe.each(['docker-compose.yml', 'deploy/one-machine.yml'])('%s', (file) => {
  const ours = Object.entries(compose(file).services).filter(([, service]) => isOurs(service));
  const all = Object.entries(compose(file).services);

  it.each(ours)('gives %s settings that it accepts', (_, service) => {
    const environment = Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const classes = classesOf(appOf(service), environment.STREAM_URL);
    for (const Settings of classes) expect(() => settings(Settings, environment)).not.toThrow();
    // The check can fail: the same without the key is refused.
    const { TOKEN_SECRET: _secret, ...without } = environment;
    expect(() => settings(classes[0]!, without)).toThrow(SettingsError);
  });

  it.each(ours)('starts something that there is: %s', (_, service) => {
    expect(existsSync(`${root}apps/${appOf(service)}/src/main.ts`)).toBe(true);
    expect(service.build?.dockerfile).toBe('deploy/Dockerfile');
  });

  it.each(Object.keys(ENV))('refuses without %s, and holds no value of its own for it', (name) => {
    const { [name]: _, ...others } = ENV;
    expect(() => compose(file, others)).toThrow(name);
  });

  it.each(all)('asks %s for its health, and starts it again when it ends', (_, service) => {
    expect(service.restart).toBe('unless-stopped');
    if (!isOurs(service)) expect(service.healthcheck?.test.length).toBeGreaterThan(1);
  });

  it.each(all)('pins the image of %s to a version', (_, service) => {
    if (!isOurs(service)) expect(service.image).toMatch(/:\d+\.\d+/);
  });

  it('can be reached from this machine only', () => {
    for (const [, { ports = [] }] of all) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(ours)('gives %s longer to stop than it takes itself', (_, service) => {
    const grace = settings(ServiceSettings, {
      ...ENV,
      SHUTDOWN_GRACE: String(service.environment?.SHUTDOWN_GRACE ?? ''),
    }).shutdownGrace;
    expect(Number.parseInt(service.stop_grace_period ?? '0')).toBeGreaterThan(grace);
  });
});

describe('docker-compose.yml', () => {
  it('runs every service, Kafka without ZooKeeper, EventStoreDB and PostgreSQL', () => {
    const { services } = compose('docker-compose.yml');
    const started = Object.values(services).filter(isOurs).map(appOf).sort();
    const apps = readdirSync(`${root}apps`).filter(
      (name) => existsSync(`${root}apps/${name}/src/main.ts`) && !['cli', 'standalone'].includes(name),
    );
    expect(started).toEqual(apps.sort());
    expect(services.kafka?.environment?.KAFKA_PROCESS_ROLES).toBe('broker,controller');
    expect(services.eventstore?.image).toMatch(/^eventstore\/eventstore:/);
    expect(services.postgres?.image).toMatch(/^postgres:/);
  });

  it('brings every service of its own together at one address', () => {
    for (const [name, service] of Object.entries(compose('docker-compose.yml').services))
      if (isOurs(service) && !['collector', 'console'].includes(name))
        expect(behindTheDoor(`/api/${name}/anything`)).toBe(name);
    expect(behindTheDoor('/metrics')).toBeUndefined();
    expect(behindTheDoor('/health/ready')).toBeUndefined();
  });

  it('has one process that operators ask, and it asks all others', () => {
    const { services } = compose('docker-compose.yml');
    const desk = behindTheDoor('/api/operations/status')!;
    const peers = String(services[desk]?.environment?.OPERATIONS_PEERS).split(',');
    const others = Object.keys(services).filter(
      (name) => isOurs(services[name]!) && ![desk, 'console'].includes(name),
    );
    expect(peers.sort()).toEqual(others.map((name) => `http://${name}:8080`).sort());
  });

  describe('leads every path to the service that answers it', () => {
    const collector = serviceUnderTest(CollectorModule);
    const pathsOf = (app: NestFastifyApplication) =>
      routesOf(app)
        .map(({ path }) => path)
        .filter((path) => !/^\/(health|metrics|api\/operations)/.test(path));

    it('of the collector', () => {
      const paths = pathsOf(collector.app);
      expect(paths).toContain('/events');
      for (const path of paths) expect([path, behindTheDoor(path)]).toEqual([path, 'collector']);
    });

    it('of the console', async () => {
      const app = await createService(ConsoleModule, settings(ServiceSettings, { LOG_LEVEL: 'silent' }));
      const paths = pathsOf(app);
      expect(paths).toContain('/');
      for (const path of paths) expect([path, behindTheDoor(path)]).toEqual([path, 'console']);
      await app.close();
    });
  });
});

describe('deploy/Dockerfile', () => {
  const lines = text('deploy/Dockerfile').split('\n');

  it('knows every project of the workspace', () => {
    const manifests = ['apps', 'libs'].flatMap((group) =>
      readdirSync(root + group)
        .filter((name) => existsSync(`${root}${group}/${name}/package.json`))
        .map((name) => `COPY ${group}/${name}/package.json ${group}/${name}/`),
    );
    expect(lines.filter((line) => /^COPY (apps|libs)\//.test(line)).sort()).toEqual(manifests.sort());
  });

  it('takes the Node that package.json pins, and does not run as root', () => {
    const { dependencies } = JSON.parse(text('package.json')) as { dependencies: { node: string } };
    expect(lines).toContain(`ARG NODE=node:${dependencies.node}-bookworm-slim`);
    const last = lines.findLastIndex((line) => line.startsWith('FROM '));
    expect(lines.slice(last).filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000']);
  });
});
