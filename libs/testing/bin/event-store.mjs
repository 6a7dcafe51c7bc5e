#!/usr/bin/env node
// An EventStoreDB in memory, for trying something out and for benchmarks: node libs/testing/bin/event-store.mjs [--port 2113].
// Prints the JOURNAL_URL to use. What it was told is gone when it ends.
import { parseArgs } from 'node:util';
import { eventStoreServer } from '../dist/event-store/event-store.given.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const server = await eventStoreServer({ port: Number(values.port) });
console.log(`esdb://${server.host}:${server.port}?tls=false`);
process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, async () => {
    await server.stop();
    process.exit();
  });
