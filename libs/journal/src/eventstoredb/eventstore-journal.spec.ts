import { eventStoreServer } from '@perennial/testing';
import { journalContract } from '../journal.contract.js';
import { EventStoreJournal } from './eventstore-journal.js';
import { prepareEventStore } from './prepare.js';

journalContract('the journal on EventStoreDB (in memory)', async () => {
  const server = await eventStoreServer();
  const url = `esdb://127.0.0.1:${server.port}?tls=false`;
  await prepareEventStore(url);
  return {
    open: async () => new EventStoreJournal(url),
    disturb: async () => server.breakConnections(0.3),
    stop: () => server.stop(),
  };
});
