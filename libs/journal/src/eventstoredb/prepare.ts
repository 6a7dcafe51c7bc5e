import { EventStoreConnection } from './connection.js';
import { Names } from './names.js';

/** Marks that are kept: the last alone is needed. */
const KEPT = 100;

/**
 * Tells whether the journal can be kept in the EventStoreDB that a URL names: that it can be reached, knows the user and
 * lets it read `$all` and write. Has it keep only the latest heads. Throws `JournalUnavailable` or `JournalUrlError`.
 */
export async function prepareEventStore(url: string): Promise<void> {
  const store = new EventStoreConnection(url);
  try {
    await store.endOfLog();
    await store.keepLatest(new Names(store.prefix).heads, KEPT);
  } finally {
    await store.close();
  }
}
