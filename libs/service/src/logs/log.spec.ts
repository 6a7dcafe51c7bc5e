import { testDatabase, type TestDatabase } from '@perennial/testing';
import { Log } from './log.js';
import { pretty } from './pretty.js';
import { redactText } from './redaction.js';

const email = 'ann.canary@example.org';
let lines: string[];
let log: Log;
beforeEach(() => {
  lines = [];
  log = new Log({ service: 'collector', level: 'trace', destination: { write: (line) => lines.push(line) } });
});
const last = () => JSON.parse(lines.at(-1)!) as Record<string, unknown>;

it('writes one JSON object a line', () => {
  log.log('recorded', { events: 3 }, 'journal');
  expect(last()).toMatchObject({
    level: 'info',
    service: 'collector',
    context: 'journal',
    message: 'recorded',
    events: 3,
  });
  expect(lines).toEqual([expect.stringMatching(/\n$/)]);
});

it("understands Nest's ways of calling", () => {
  log.error('failed', 'Error: x\n    at y', 'Router');
  expect(last()).toMatchObject({ message: 'failed', context: 'Router', stack: 'Error: x\n    at y' });
  log.log('alone');
  expect(last()).not.toHaveProperty('context');
});

describe('what names a person or opens a door', () => {
  const canaries = [
    email,
    'canary42',
    'ann%40canary.example',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
    'wk_canary',
    'hunter2',
  ];
  const everywhere = (text: string) => {
    log.log(text);
    log.log('fields', { note: text, deep: { list: [{ note: text }] }, [text]: 1 });
    log.error('broken', new Error(text, { cause: new Error(text) }));
    log.error('broken', `Error: ${text}\n    at x`, 'context');
    log.warn(new Error(text));
  };

  it.each([
    `wrote to ${email} again`,
    'unknown subject user:canary42',
    'unknown subject "email:canary42"',
    'GET /customers/user%3Acanary42/timeline',
    'GET /customers/ann%40canary.example',
    'Authorization: Bearer canary42',
    'Basic canary42==',
    'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
    'key wk_canary',
    'postgres://writer:hunter2@db:5432/journal',
  ])('is taken out of "%s"', (text) => {
    everywhere(text);
    expect(lines).toHaveLength(5);
    for (const canary of canaries) expect(lines.join('')).not.toContain(canary);
  });

  it.each([
    'authorization',
    'Authorization',
    'writeKey',
    'write_key',
    'cookie',
    'subject',
    'email',
    'password',
    'traits',
    'userId',
  ])('is taken out of a field called %s', (name) => {
    log.log('request', { headers: { [name]: { any: ['canary42'] } }, [name]: 'canary42' });
    expect(lines.join('')).not.toContain('canary42');
  });

  it.each([
    'at node:fs:12',
    'http://127.0.0.1:8080/health',
    'order.placed product:lamp',
    'a@b',
    '/node_modules/@nestjs/core/x.js',
  ])('is not seen in "%s"', (text) => expect(redactText(text)).toBe(text));
});

describe("a database's error", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    await database.pool.query('create table contact (email text primary key, id uuid)');
  });
  afterAll(() => database.drop());

  it.each([
    ['a value that is there already', `insert into contact values ('${email}'), ('${email}')`],
    ['a value that looks like nothing', `insert into contact values ('canary42'), ('canary42')`],
    ['a value that it can not read', `insert into contact values ('x', 'canary42')`],
  ])('tells the fault, not the row: %s', async (_, sql) => {
    const error = await database.pool.query(sql).catch((thrown: unknown) => thrown);
    log.error('query failed', error, 'database');
    expect(lines.join('')).not.toContain(email);
    expect(lines.join('')).not.toContain('canary42');
    expect(last().error).toMatchObject({
      code: expect.stringMatching(/^(23505|22P02)$/),
      stack: expect.stringContaining('at '),
    });
  });
});

it('tells nothing of the text that was not JSON', () => {
  try {
    JSON.parse('canary42 wrote');
  } catch (error) {
    log.error('not read', error);
  }
  expect(lines.join('')).not.toContain('canary42');
  expect(last().error).toMatchObject({ type: 'SyntaxError' });
});

it('is readable on a terminal', () => {
  log.log('recorded', { events: 3 }, 'journal');

  expect(pretty(lines[0]!).replace(/\x1b\[\d+m/g, '')).toMatch(
    /^\d\d:\d\d:\d\d info {2}journal recorded events=3\n$/,
  );
});
