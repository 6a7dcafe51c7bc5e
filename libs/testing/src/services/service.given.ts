import { catalogue } from '@perennial/events';
import { sealEvents } from '@perennial/privacy';
import {
  createHost,
  openPlatform,
  RunnerRegistry,
  startConsuming,
  type Platform,
  type PlatformUrls,
} from '@perennial/read-models';
import { listen, Log, ServiceSettings, settings } from '@perennial/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger, type Type } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { GivenEvent } from '../event.given.js';
import { testDatabase, type TestDatabase } from '../test-database.js';

/** What an HTTP call answered. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Services as they run, on a database of their own, reached over HTTP. */
export class ServiceUnderTest {
  private database!: TestDatabase;
  platform!: Platform;
  app!: NestFastifyApplication;
  url!: string;
  /** Every line of the log, from debug on. */
  readonly logged: string[] = [];

  constructor(
    private readonly modules: readonly Type[],
    private readonly environment: Record<string, string> = {},
    private readonly moreSettings: readonly object[] = [],
    /** Engines other than the database. */
    private readonly engines?: () => Partial<PlatformUrls> | Promise<Partial<PlatformUrls>>,
  ) {}

  async open(): Promise<void> {
    this.database = await testDatabase();
    const { url } = this.database;
    const own = settings(ServiceSettings, { PORT: '0', LOG_LEVEL: 'debug', ...this.environment });
    const log = new Log({
      service: 'test',
      level: own.logLevel,
      destination: { write: (line) => this.log(line) },
    });
    Logger.overrideLogger(log);
    this.platform = await openPlatform({
      journalUrl: url,
      streamUrl: url,
      databaseUrl: url,
      vaultUrl: url,
      masterKey: randomBytes(32).toString('base64'),
      ...(await this.engines?.()),
    });
    this.app = await createHost(this.modules, this.platform, [own, ...this.moreSettings], log);
    await startConsuming(this.app);
    this.url = await listen(this.app);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.platform.close();
    await this.database.drop();
  }

  private log(line: string): void {
    this.logged.push(line);
    if (/"level":"(error|fatal)"/.test(line)) process.stderr.write(line);
  }

  get pool() {
    return this.database.pool;
  }

  /** The id under which the vault knows a subject. */
  subjectIdOf(subject: string): string {
    return this.platform.vault.subjectIdOf(subject);
  }

  /** Records the events, personal data sealed, and waits until they and the decisions that follow are applied. */
  async given(...events: GivenEvent[]): Promise<void> {
    const readable = events.map((given) => ({ ...given, dataVersion: catalogue[given.type].version }));
    const sealed = await sealEvents(this.platform.vault, readable);
    await this.platform.journal.appendMany(
      sealed.map(({ streamId, event }) => ({ streamId, expectedVersion: 'any', events: [event] })),
    );
    await this.app.get(RunnerRegistry).caughtUp();
  }

  async get<Body>(path: string, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return answer<Body>(await fetch(this.url + path, { headers }));
  }

  async post<Body>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    return answer<Body>(
      await fetch(this.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
  }
}

async function answer<Body>(response: Response): Promise<Answer<Body>> {
  const text = await response.text();
  const isJson =
    /json/.test(response.headers.get('content-type') ?? '') &&
    !/ndjson/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : text) as Body,
  };
}

/** Opens the services before the tests of a file and closes them afterwards. */
export function serviceUnderTest(
  modules: Type | readonly Type[],
  environment?: Record<string, string>,
  moreSettings?: readonly object[],
): ServiceUnderTest {
  const service = new ServiceUnderTest(
    Array.isArray(modules) ? (modules as readonly Type[]) : [modules as Type],
    environment,
    moreSettings,
  );
  beforeAll(() => service.open());
  afterAll(() => service.close());
  return service;
}
