import { freePorts, testDatabase, type TestDatabase } from '@perennial/testing';
import {
  DatabaseSettingError,
  DatabaseUnavailable,
  explainedDatabase,
  isUnreachable,
} from './database.errors.js';
import { migrateSchema } from './migrate-schema.js';

describe('a database that can not be opened', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    await database.pool.query(`create role database_errors login password 'right'`);
  });
  afterAll(async () => {
    await database.pool.query('drop role database_errors');
    await database.drop();
  });

  const at = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return url.toString();
  };
  const opened = async (url: string) =>
    migrateSchema(url, 'shop', []).then(
      () => undefined,
      (error: unknown) => explainedDatabase(error, 'The database of DATABASE_URL'),
    );

  it.each<[string, (url: URL) => void, RegExp]>([
    [
      'a wrong password',
      (url) => (url.password = 'wrong'),
      /let us in \(.*\): look at its user and password/,
    ],
    ['an unknown name', (url) => (url.pathname = '/nowhere'), /is not there \(.*"nowhere".*create it/],
    ['TLS where it has none', (url) => url.searchParams.set('sslmode', 'verify-full'), /TLS.*sslmode/],
    [
      'a user who may create nothing',
      (url) => Object.assign(url, { username: 'database_errors', password: 'right' }),
      /does not allow it to our user.*create schemas/,
    ],
  ])('says what to mend about %s, and no password', async (_, change, sentence) => {
    const problem = await opened(at(change));
    expect(problem).toBeInstanceOf(DatabaseSettingError);
    expect(problem).toMatchObject({ exitCode: 78, message: expect.stringMatching(sentence) as unknown });
    expect((problem as Error).message).toMatch(/^The database of DATABASE_URL /);
    expect((problem as Error).message).not.toMatch(/wrong|right/);
  });

  it('is waited for where it is only away', async () => {
    const [port] = await freePorts(1);
    const problem = await opened(at((url) => (url.port = String(port))));
    expect(problem).toBeInstanceOf(DatabaseUnavailable);
    expect(problem).toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(/can't be reached \(connect ECONNREFUSED .*does it run\?/) as unknown,
    });
  });

  it('is no explanation for what has another reason', async () => {
    const mistake = new TypeError('undefined is not a function');
    expect(explainedDatabase(mistake, 'The database')).toBe(mistake);
    expect(isUnreachable(mistake)).toBe(false);
    expect(isUnreachable('text')).toBe(false);
    // The driver's own, and it leaves the connection open: tried by hand.
    const none = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
    expect(explainedDatabase(none, 'It')).toBeInstanceOf(DatabaseSettingError);
    // Where several addresses of one name are tried, the error itself says nothing.
    const several = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')]), {
      code: 'ECONNREFUSED',
    });
    expect(explainedDatabase(several, 'It')).toHaveProperty(
      'message',
      "It can't be reached (connect ECONNREFUSED ::1:1): does it run?",
    );
  });
});
