import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startEmbeddedPostgres } from '@perennial/embedded-postgres';
import { DataFolder, StandaloneError } from './data-folder.js';
import { DATABASE_SETTINGS } from './standalone.js';

export interface StandaloneDatabase {
  url: string;
  /** 32 bytes in base64: whoever takes the data elsewhere needs it there. */
  masterKey: string;
  stop(): Promise<void>;
}

/** The database of a standalone that does not run, without its services. Throws a StandaloneError when it runs. */
export async function openStandaloneDatabase(data: string): Promise<StandaloneDatabase> {
  if (!existsSync(join(data, 'postgres', 'PG_VERSION')))
    throw new StandaloneError(`There is no standalone in ${resolve(data)}; name its folder with --data DIR.`);
  const folder = new DataFolder(data);
  folder.open();
  folder.claim();
  try {
    const masterKey = folder.masterKey();
    const postgres = await startEmbeddedPostgres({
      folder: folder.path,
      port: folder.databasePort,
      settings: DATABASE_SETTINGS,
    });
    return {
      url: postgres.urlOf('perennial'),
      masterKey,
      async stop() {
        await postgres.stop();
        folder.release();
      },
    };
  } catch (error) {
    folder.release();
    throw error;
  }
}
