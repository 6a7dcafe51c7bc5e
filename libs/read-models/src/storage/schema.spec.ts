import { SettingsError } from '@perennial/service';
import type pg from 'pg';
import { expectServer } from './schema.js';

const serverOf = (version: string) => ({
  query: (() =>
    Promise.resolve({ rows: [{ server_version: version }] })) as unknown as pg.ClientBase['query'],
});

describe('a server of read models', () => {
  it.each(['18.4', '18beta1', '19.0 (Debian 19.0-1)'])('may be PostgreSQL %s', (version) =>
    expect(expectServer(serverOf(version))).resolves.toBeUndefined(),
  );

  it.each(['17.6', '9.6.24'])('is refused if it is PostgreSQL %s', (version) =>
    expect(expectServer(serverOf(version))).rejects.toThrow(
      new SettingsError([
        `DATABASE_URL: This is PostgreSQL ${version}; read models need PostgreSQL 18 or later.`,
      ]),
    ),
  );
});
