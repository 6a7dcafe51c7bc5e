import type { EventStoreServer, EventStoreServerOptions } from './event-store.server.js';

/** Starts an EventStoreDB in memory. gRPC is only loaded by the tests that ask for it. */
export async function eventStoreServer(options: EventStoreServerOptions = {}): Promise<EventStoreServer> {
  const { EventStoreServer } = await import('./event-store.server.js');
  return new EventStoreServer(options).start();
}
