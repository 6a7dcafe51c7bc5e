import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsBoolean, IsOptional } from 'class-validator';
import { DataSettings, ServiceSettings } from './service.settings.js';
import { SettingsError, settings, settingsOf } from './settings.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';
const data = {
  JOURNAL_URL: 'postgres://writer:hunter2@db/journal',
  STREAM_URL: 'kafka://a:9092,b:9092',
  DATABASE_URL: 'postgres://db/perennial',
  MASTER_KEY: 'ab'.repeat(32),
};

const problems = (read: () => unknown): string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

it('has defaults for what is no secret', () => {
  expect(settings(ServiceSettings, {})).toMatchObject({ host: '127.0.0.1', port: 8080, isOpen: true });
});

it('reads numbers, lists and addresses', () => {
  const read = settings(DataSettings, {
    ...data,
    PORT: '9000',
    CORS_ORIGINS: 'https://a.example, https://b.example',
  });
  expect(read.port).toBe(9000);
  expect(read.corsOrigins).toEqual(['https://a.example', 'https://b.example']);
  expect(read.streamUrl).toBe('kafka://a:9092,b:9092');
});

it('reads a boolean by its word', () => {
  class Flags {
    @IsOptional()
    @IsBoolean()
    traceSql?: boolean;
  }
  expect(settings(Flags, { TRACE_SQL: 'false' }).traceSql).toBe(false);
  expect(problems(() => settings(Flags, { TRACE_SQL: 'perhaps' }))).toEqual([
    expect.stringContaining('TRACE_SQL'),
  ]);
});

it('tells all problems at once, by the names of the environment, and never a value', () => {
  const found = problems(() =>
    settings(DataSettings, {
      ...data,
      PORT: 'many',
      JOURNAL_URL: 'mysql://root:hunter2@db',
      MASTER_KEY: undefined,
    }),
  );
  expect(found.filter((problem) => problem.includes('PORT'))).not.toHaveLength(0);
  expect(found).toContainEqual(
    expect.stringContaining('JOURNAL_URL must be an address that begins with postgres://'),
  );
  expect(found).toContainEqual(expect.stringContaining('MASTER_KEY'));
  expect(found.join()).not.toContain('hunter2');
});

it('tells the problems of several classes at once', () => {
  class Lamps {
    @IsBoolean()
    lit!: boolean;
  }
  const both = (environment: Record<string, string>) => settingsOf([ServiceSettings, Lamps], environment);
  expect(both({ LIT: 'true', PORT: '9' })).toMatchObject([{ port: 9 }, { lit: true }]);
  expect(problems(() => both({ PORT: 'many' })).join()).toMatch(/PORT.*LIT/);
});

it('has no default for a secret', () => {
  expect(problems(() => settings(DataSettings, {})).join()).toMatch(
    /JOURNAL_URL.*STREAM_URL.*DATABASE_URL.*MASTER_KEY/,
  );
});

it('reads a secret from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-settings-'));
  writeFileSync(join(folder, 'secret'), `${secret}\n`);
  expect(settings(ServiceSettings, { TOKEN_SECRET_FILE: join(folder, 'secret') }).tokenSecret).toBe(secret);
  rmSync(folder, { recursive: true });
  expect(problems(() => settings(ServiceSettings, { TOKEN_SECRET_FILE: join(folder, 'secret') }))).toEqual([
    "TOKEN_SECRET_FILE can't be read (ENOENT).",
  ]);
  const { JOURNAL_URL: _, ...others } = data;
  const unread = { ...others, JOURNAL_URL_FILE: join(folder, 'journal') };
  expect(problems(() => settings(DataSettings, unread))).toEqual([
    "JOURNAL_URL_FILE can't be read (ENOENT).",
  ]);
});

it.each(['0.0.0.0', '192.168.0.5', '::', 'perennial.example'])('refuses to be open on %s', (HOST) => {
  expect(problems(() => settings(ServiceSettings, { HOST }))).toEqual([
    expect.stringContaining('TOKEN_SECRET'),
  ]);
  expect(problems(() => settings(ServiceSettings, { HOST, TOKEN_SECRET: secret }))).toEqual([]);
});

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('may be open on %s', (HOST) => {
  expect(problems(() => settings(ServiceSettings, { HOST }))).toEqual([]);
});

it('wants to know whom tokens are for', () => {
  const TOKEN_ISSUERS = 'https://id.example';
  expect(problems(() => settings(ServiceSettings, { TOKEN_ISSUERS }))).toEqual([
    expect.stringContaining('TOKEN_AUDIENCE'),
  ]);
  expect(problems(() => settings(ServiceSettings, { TOKEN_ISSUERS, TOKEN_AUDIENCE: 'perennial' }))).toEqual(
    [],
  );
});
