import type { Journal } from './journal.port.js';
import { PostgresJournal } from './postgres/postgres-journal.js';

/** A setting names a journal that can't be used. */
export class JournalUrlError extends Error {}

/** Opens the journal that a URL names; the scheme picks the adapter. Throws `JournalUrlError` for others. */
export async function openJournal(url: string): Promise<Journal> {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  switch (scheme) {
    case 'postgres:':
    case 'postgresql:':
      return new PostgresJournal(url);
    default:
      // The URL itself may hold a password, so only its scheme is named.
      throw new JournalUrlError(`JOURNAL_URL must start with postgres://, not with "${scheme}//".`);
  }
}
