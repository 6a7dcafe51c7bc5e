import { randomUUID } from 'node:crypto';
import { describeIf } from '../conditional.js';
import { canUseDocker } from '../kafka/kafka.artifacts.js';
import type { EventStoreServer, EventStoreServerOptions } from './event-store.server.js';

/** Starts an EventStoreDB in memory. gRPC is only loaded by the tests that ask for it. */
export async function eventStoreServer(options: EventStoreServerOptions = {}): Promise<EventStoreServer> {
  const { EventStoreServer } = await import('./event-store.server.js');
  return new EventStoreServer(options).start();
}

/** The last version that is licensed as open source. */
const IMAGE = 'eventstore/eventstore:23.10.1-bookworm-slim';
const PORT = 2113;
const REASON = 'needs a real EventStoreDB: EVENTSTOREDB_URL=esdb://…, or Docker';
/** The first start fetches the image. */
const START_TIMEOUT = 180_000;

/** A real EventStoreDB, of which a test has the streams with a prefix of its own. */
export interface RealEventStore {
  /** `esdb://…`, with the prefix. */
  url: string;
}

/** Tests that need a real EventStoreDB; skipped where there is none. */
export const describeWithEventStore = (name: string, tests: (store: () => RealEventStore) => void) =>
  describeIf(Boolean(process.env.EVENTSTOREDB_URL) || canUseDocker(), REASON)(name, () => {
    let store: RealEventStore | undefined;
    let stop = async (): Promise<void> => undefined;
    beforeAll(async () => {
      const url = process.env.EVENTSTOREDB_URL;
      const started = url ? { url, stop } : await startContainer();
      stop = started.stop;
      const separator = started.url.includes('?') ? '&' : '?';
      store = { url: `${started.url}${separator}prefix=test_${randomUUID().slice(0, 8)}` };
    }, START_TIMEOUT);
    afterAll(() => stop());
    tests(() => store!);
  });

async function startContainer(): Promise<{ url: string; stop(): Promise<void> }> {
  // Loaded only where it is needed: it is large.
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(PORT)
    .withEnvironment({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_MEM_DB: 'true' })
    .withWaitStrategy(Wait.forHttp('/health/live', PORT).forStatusCode(204))
    .start();
  return {
    url: `esdb://${container.getHost()}:${container.getMappedPort(PORT)}?tls=false`,
    stop: async () => {
      await container.stop();
    },
  };
}
