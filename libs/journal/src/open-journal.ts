import type { Journal } from './journal.port.js';
import { schemeOf, unknownScheme } from './migrate-journal.js';
import { PostgresJournal } from './postgres/postgres-journal.js';

/** Opens the journal that a URL names; the scheme picks the adapter. Throws `JournalUrlError` for others. */
export async function openJournal(url: string): Promise<Journal> {
  switch (schemeOf(url)) {
    case 'postgres:':
    case 'postgresql:':
      return new PostgresJournal(url);
    case 'esdb:':
    case 'esdb+discover:': {
      // The client takes memory and time to load, which who does without EventStoreDB need not spend.
      const { EventStoreJournal } = await import('./eventstoredb/eventstore-journal.js');
      return new EventStoreJournal(url);
    }
    default:
      throw unknownScheme(url);
  }
}
