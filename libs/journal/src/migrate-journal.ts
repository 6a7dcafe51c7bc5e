import { JournalUrlError } from './journal.errors.js';
import { migratePostgres } from './postgres/migrate.js';

/**
 * Makes ready the store of the journal that a URL names; safe to call from several processes at once. Throws
 * `JournalUrlError` when it can't be used, `JournalUnavailable` when it can't be reached now; of PostgreSQL what
 * `explainedDatabase` explains.
 */
export async function migrateJournal(url: string): Promise<void> {
  switch (schemeOf(url)) {
    case 'postgres:':
    case 'postgresql:':
      return migratePostgres(url);
    case 'esdb:':
    case 'esdb+discover:': {
      const { prepareEventStore } = await import('./eventstoredb/prepare.js');
      return prepareEventStore(url);
    }
    default:
      throw unknownScheme(url);
  }
}

/** Of clusters too, whose several hosts make no URL: `esdb://a:2113,b:2113`. */
export const schemeOf = (url: string): string => /^[a-z][a-z0-9+.-]*:(?=\/\/)/.exec(url)?.[0] ?? '';

/** The URL itself may hold a password, so only its scheme is named. */
export const unknownScheme = (url: string): JournalUrlError =>
  new JournalUrlError(
    `JOURNAL_URL must start with postgres://, esdb:// or esdb+discover://, not with "${schemeOf(url)}//".`,
  );
