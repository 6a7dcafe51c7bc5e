import { jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './program.js';

/** A system that answers what it is told to, and remembers what it was asked. */
class SystemStandIn {
  private server!: Server;
  readonly asked: { route: string; body: unknown }[] = [];
  private readonly answers = new Map<string, { status: number; body: unknown }>([
    ['GET /health/live', { status: 200, body: { status: 'up' } }],
  ]);

  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const route = `${request.method} ${request.url}`;
        const text = Buffer.concat(chunks).toString();
        this.asked.push({ route, body: text ? JSON.parse(text) : undefined });
        const { status, body } = this.answers.get(route) ?? {
          status: 404,
          body: { code: 'not-found', detail: 'No.' },
        };
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  answer(route: string, body: unknown, status = 200): this {
    this.answers.set(route, { status, body });
    return this;
  }

  bodiesOf = (route: string) => this.asked.filter((one) => one.route === route).map(({ body }) => body);

  stop = () => new Promise((resolve) => this.server.close(resolve));
}

let folder: string;
let system: SystemStandIn;
let url: string;
let written: { out: string; err: string };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-cli-'));
  system = new SystemStandIn();
  url = await system.start();
  written = { out: '', err: '' };
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written.out += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written.err += String(text))));
});
afterEach(async () => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
  await system.stop();
});

const perennial = (...argv: string[]) => run([...argv, '--url', url]);
const json = () => JSON.parse(written.out) as Record<string, unknown>;
const ndjson = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const status = (lag = 0) => ({
  events: 12,
  customers: 3,
  rejected: 1,
  readModels: [{ name: 'retention.purchases', rows: 3, lag, updatedAt: '2026-03-01T12:00:00.000Z' }],
  analystUrl: 'postgres://perennial_analyst@localhost:5433/perennial',
});

describe('status', () => {
  beforeEach(() => system.answer('GET /api/operations/status', status()));

  it('is told to people', async () => {
    expect(await perennial('status')).toBe(0);
    expect(written.out).toContain('12 events, 3 customers');
    expect(written.out).toMatch(/retention\.purchases +3 +0 +2026-03-01 12:00:00/);
    expect(written.out).toContain('psql postgres://perennial_analyst@');
  });

  it.each([
    [['/shop'], '12 events, 3 customers\n'],
    [['/simulated/fernwood'], '12 events, 3 customers, all simulated\n'],
    [['/shop', '/simulated/fernwood'], '12 events, 3 customers, some simulated (/simulated/fernwood)\n'],
  ])('says what is simulated: of %s', async (sources, words) => {
    system.answer('GET /api/operations/status', { ...status(), sources });
    expect(await perennial('status')).toBe(0);
    expect(written.out).toContain(words);
  });

  it('is told to programs, and nothing else', async () => {
    expect(await perennial('status', '--json')).toBe(0);
    expect(json()).toEqual(status());
    expect(written.err).toBe('');
  });

  it('finds the system that runs on a data folder', async () => {
    writeFileSync(join(folder, 'standalone.json'), JSON.stringify({ url, pid: process.pid }));
    expect(await run(['status', '--data', folder, '--json'])).toBe(0);
    expect(json().events).toBe(12);
  });
});

describe('a token', () => {
  const secret = 'a-secret-of-at-least-thirty-two-characters';
  afterEach(() => delete process.env.TOKEN_SECRET);

  it('is issued of the secret, with its roles and end', async () => {
    process.env.TOKEN_SECRET = secret;
    expect(await run(['token', '--role', 'reader', 'operator', '--name', 'ann', '--expires', '1h'])).toBe(0);
    const claims = JSON.parse(Buffer.from(written.out.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ sub: 'ann', roles: ['reader', 'operator'] });
    expect(claims).toHaveProperty('exp');
  });

  it('needs a secret, a role that there is, and an end', async () => {
    expect(await run(['token', '--role', 'reader'])).toBe(78);
    process.env.TOKEN_SECRET = secret;
    expect(await run(['token', '--role', 'king'])).toBe(2);
    expect(await run(['token', '--role', 'reader', '--expires', 'soon'])).toBe(78);
    expect(written.out).toBe('');
  });
});

describe('what goes wrong', () => {
  it.each([
    ['an unknown command', ['blossom'], 2],
    ['an unknown option', ['status', '--loud'], 2],
    ['an address that is none', ['status', '--url', 'here'], 2],
    ['an unknown event type', ['catalogue', 'order.lost'], 2],
    ['an unknown mapping', ['import', 'orders.csv', '--mapping', 'nobodys'], 78],
    ['a mapping that is not named', ['import', 'orders.csv'], 2],
  ])('has an exit code: %s', async (_, argv, code) => {
    expect(await run(argv)).toBe(code);
    expect(written.err).not.toBe('');
    expect(written.err).not.toContain('    at ');
  });

  it('says that nobody answers', async () => {
    await system.stop();
    expect(await perennial('status')).toBe(69);
    expect(written.err).toMatch(/can't be reached: .*ECONNREFUSED/);
    await system.start();
  });

  it('says why the system refuses', async () => {
    const problem = { code: 'unknown-read-model', detail: 'There is no read model "orders".' };
    system.answer('POST /api/operations/rebuild', problem, 404);
    expect(await perennial('rebuild', 'orders')).toBe(1);
    expect(written.err).toBe('perennial: There is no read model "orders".\n');
  });

  it('says that a token is needed', async () => {
    system.answer('GET /api/operations/status', { detail: 'A valid token is needed.' }, 401);
    expect(await perennial('status')).toBe(1);
    expect(written.err).toContain('Set PERENNIAL_TOKEN');
  });
});

describe('verify', () => {
  const result = (differences: number) => ({
    differences,
    readModels: [
      {
        name: 'retention.purchases',
        rows: 3,
        differences,
        examples: differences ? [{ side: 'live', row: '(ann,2)' }] : [],
      },
    ],
  });
  const progress = { progress: { service: 'retention', stage: 'reading', events: 5, of: 12 } };
  const answers = (differences: number) =>
    system.answer('POST /api/operations/verify', ndjson(progress, { result: result(differences) }));

  it('is content without differences', async () => {
    answers(0);
    expect(await perennial('verify', '--json')).toBe(0);
    expect(json()).toEqual(result(0));
  });

  it('ends with 1 on any difference, and shows it', async () => {
    answers(2);
    expect(await perennial('verify', 'purchases')).toBe(1);
    expect(written.out).toContain('retention.purchases, only live: (ann,2)');
    expect(written.err).toContain('2 rows differ');
    expect(system.bodiesOf('POST /api/operations/verify')).toEqual([{ names: ['purchases'] }]);
  });

  it('ends with 1 when it fails on the way', async () => {
    system.answer(
      'POST /api/operations/verify',
      ndjson(progress, { problem: { message: 'The disk is full.' } }),
    );
    expect(await perennial('verify')).toBe(1);
    expect(written.err).toContain('The disk is full.');
  });

  it('ends with 69 when the answer ends early', async () => {
    system.answer('POST /api/operations/verify', ndjson(progress));
    expect(await perennial('verify')).toBe(69);
  });
});

describe('import', () => {
  const cdnow = () => {
    const file = join(folder, 'orders.txt');
    const lines = [
      ' customer_id  date number_of_cds  dollar_value',
      ' 00001 19970101  1   11.77',
      ' 00002 19970112  x   12.00',
    ];
    writeFileSync(file, lines.join('\r\n'));
    return file;
  };
  beforeEach(() =>
    system
      .answer('POST /events', { accepted: 2, duplicates: 0, rejected: [] })
      .answer('POST /api/collector/rejected', { id: '1' }, 201)
      .answer('GET /api/operations/status?maxAge=3600', status()),
  );

  it('sends orders and products, hands in bad lines, and says what it did', async () => {
    expect(await perennial('import', cdnow(), '--mapping', 'cdnow', '--json')).toBe(0);
    expect(json()).toMatchObject({
      mapping: 'cdnow',
      lines: 2,
      orders: 1,
      products: 1,
      accepted: 2,
      duplicates: 0,
      rejected: { 'invalid-quantity': 1 },
      caughtUp: true,
    });
    const [[product, order]] = system.bodiesOf('POST /events') as [[object, object]];
    expect(product).toMatchObject({ type: 'product.listed', subject: 'product:CD' });
    expect(order).toMatchObject({ id: 'order/cdnow-00001-19970101-1-11.77', subject: 'user:cdnow-00001' });
    expect(system.bodiesOf('POST /api/collector/rejected')).toMatchObject([
      { origin: 'import', reference: 'line 3', code: 'invalid-quantity', body: { number_of_cds: 'x' } },
    ]);
  });

  it('sends nothing in a dry run', async () => {
    expect(await perennial('import', cdnow(), '--mapping', 'cdnow', '--dry-run')).toBe(0);
    expect(written.out).toContain('2 lines: 1 orders');
    expect(written.out).toContain('line 3: The quantity is not a number.');
    expect(system.asked).toEqual([]);
  });

  it('says what to look at next', async () => {
    await perennial('import', cdnow(), '--mapping', 'cdnow', '--no-wait');
    expect(written.out).toContain('accepted 2, already there 0');
    expect(written.out).toContain('perennial rejected list');
  });
});

describe('customer', () => {
  const ann = '0b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e';
  const entry = (at: string, summary: string) => ({
    at,
    summary,
    channel: 'web',
    type: 'order.placed',
    source: '/shop',
  });
  const subject = (name: string, customerId = ann) =>
    system.answer(`GET /api/operations/subjects?subject=${encodeURIComponent(name)}`, {
      subjectId: ann,
      customerId,
    });

  it('is shown by one of its subjects, the newest last', async () => {
    subject('user:ann')
      .answer(`GET /api/interactions/customers/${ann}/timeline?limit=30`, {
        items: [entry('2026-03-02T00:00:00Z', 'second'), entry('2026-03-01T00:00:00Z', 'first')],
        next: null,
      })
      .answer(`GET /api/retention/customers/${ann}`, {
        customerId: ann,
        purchases: [{ currency: 'EUR', orders: 2 }],
      })
      .answer(`GET /api/retention/scores/${ann}`, { customerId: ann, churnRisk: '0.2100', alive: '0.9' })
      .answer(`GET /api/retention/groups/customers/${ann}`, {
        group: 'butterfly',
        strategy: 'Enjoy them.',
        changes: [{ from: 'stranger' }],
      });
    expect(await perennial('customer', 'show', 'user:ann')).toBe(0);
    expect(written.out).toMatch(/whether it is leaving\n {2}churn risk {2}0\.2100\n\n/);
    expect(written.out).toMatch(/group +butterfly\n +strategy +Enjoy them\.\n\n/);
    expect(written.out).toContain('currency EUR, orders 2');
    expect(written.out.indexOf('first')).toBeLessThan(written.out.indexOf('second'));
  });

  it('must be known', async () => {
    expect(await perennial('customer', 'show', 'user:nobody')).toBe(1);
    expect(written.err).toContain('Nothing is known of user:nobody.');
    expect(await perennial('customer', 'show', 'nobody')).toBe(2);
  });

  const bob = '1b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e';
  it('is exported in full, page by page, to a file that nobody else reads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perennial-export-'));
    const file = join(folder, 'ann.json');
    subject('user:ann')
      .answer(`GET /api/acquisition/customers/${ann}/events?limit=500`, { items: [{ id: '1' }], next: 'x' })
      .answer(`GET /api/acquisition/customers/${ann}/events?limit=500&after=x`, {
        items: [{ id: '2' }],
        next: null,
      });
    expect(await perennial('customer', 'export', 'user:ann', '--output', file)).toBe(0);
    expect(written.out).toContain(`2 events of customer ${ann} are in ${file}`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      customerId: ann,
      events: [{ id: '1' }, { id: '2' }],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await perennial('customer', 'export', 'user:ann', '--output', file)).toBe(78);
    expect(written.err).toContain('name a new file');
    expect(await perennial('customer', 'export', 'user:ann')).toBe(0);
    expect(JSON.parse(written.out.slice(written.out.indexOf('{')))).toMatchObject({ events: [{}, {}] });
    rmSync(folder, { recursive: true });
  });

  /** What acquisition answers for an identifier: the customer that it belongs to. */
  const belongs = (id: string, customerId: string) =>
    system.answer(`GET /api/acquisition/customers/${id}`, {
      customerId,
      identifiers: [{ subjectId: ann }, { subjectId: bob }],
    });

  it('is merged with another one', async () => {
    subject('user:ann');
    belongs(ann, ann);
    belongs(bob, ann).answer(`POST /api/acquisition/customers/${ann}/merge`, { eventIds: ['e'] }, 202);
    expect(await perennial('customer', 'merge', 'user:ann', bob, '--reason', 'She told us.')).toBe(0);
    expect(system.bodiesOf(`POST /api/acquisition/customers/${ann}/merge`)).toEqual([
      { other: bob, reason: 'She told us.' },
    ]);
    expect(written.out).toContain(ann);
  });

  it('loses an identifier that is somebody else', async () => {
    subject('card:7', bob);
    system.answer('GET /api/operations/subjects?subject=card%3A7', { subjectId: bob, customerId: ann });
    belongs(ann, ann);
    belongs(bob, bob).answer(`POST /api/acquisition/customers/${ann}/split`, { eventIds: ['e'] }, 202);
    expect(await perennial('customer', 'split', ann, 'card:7', '--reason', 'Her brother.', '--json')).toBe(0);
    expect(system.bodiesOf(`POST /api/acquisition/customers/${ann}/split`)).toEqual([
      { subjectId: bob, reason: 'Her brother.' },
    ]);
    expect(json()).toEqual({ done: true, eventIds: ['e'], customers: [ann, bob] });
  });

  describe('to be erased', () => {
    const place = { place: 'vault', holds: 'keys', state: 'erased', how: 'Destroyed.' };
    const certificate = (complete: boolean) => ({
      customerId: ann,
      complete,
      identifiers: [{ subjectId: ann, decidedAt: '2026-03-01T00:00:00.000Z', keyDestroyedAt: null }],
      places: [place],
    });

    it('is erased by who really wants it, with a certificate', async () => {
      subject('user:ann');
      system
        .answer(`POST /api/acquisition/customers/${ann}/erase`, { eventIds: ['e'] }, 202)
        .answer(`GET /api/acquisition/customers/${ann}/erasure`, certificate(true));
      expect(await perennial('customer', 'erase', 'user:ann', '--yes', '--reason', 'asked for')).toBe(0);
      expect(system.bodiesOf(`POST /api/acquisition/customers/${ann}/erase`)).toEqual([
        { reason: 'asked for' },
      ]);
      expect(written.out).toMatch(/vault +erased/);
      expect(written.out).toContain('vault: keys. Destroyed.');
    });

    it('has the certificate as it is for programs', async () => {
      system
        .answer(`POST /api/acquisition/customers/${ann}/erase`, { eventIds: [] }, 202)
        .answer(`GET /api/acquisition/customers/${ann}/erasure`, certificate(true));
      expect(await perennial('customer', 'erase', ann, '--yes', '--json')).toBe(0);
      expect(json()).toEqual(certificate(true));
    });

    it('is told first what that means', async () => {
      subject('user:ann');
      system.answer(`GET /api/acquisition/customers/${ann}`, {
        identifiers: [{ namespace: 'user' }, { namespace: 'anonymous' }],
      });
      expect(await perennial('customer', 'erase', 'user:ann')).toBe(2);
      expect(written.err).toContain('under all its 2 identifiers (anonymous, user)');
      expect(written.err).toContain('--yes');
      expect(system.asked.filter(({ route }) => route.startsWith('POST'))).toEqual([]);
    });
  });

  it('is not merged with what nobody knows', async () => {
    expect(await perennial('customer', 'merge', ann, 'card:8', '--reason', 'x')).toBe(1);
    expect(system.asked.map(({ route }) => route).filter((route) => route.startsWith('POST'))).toEqual([]);
  });
});

it('wraps the keys of a running system with the master key that it was given', async () => {
  system.answer('POST /api/operations/rekey', { rewrapped: 1234 });
  expect(await perennial('rekey')).toBe(0);
  expect(written.out).toBe('1,234 keys are wrapped by the new master key.\n');
});

describe('rejected', () => {
  const one = {
    id: 'r-1',
    origin: 'import',
    source: '/s',
    reference: 'line 3',
    code: 'bad',
    message: 'Why',
    count: 1,
  };

  it('is listed over pages', async () => {
    const page = (query: string, next: string | null) =>
      system.answer(`GET /api/collector/rejected?${query}`, { items: [one], next });
    page('status=open&limit=2&code=bad', 'p2');
    page('status=open&limit=1&code=bad&after=p2', 'p3');
    expect(await perennial('rejected', 'list', '--limit', '2', '--code', 'bad', '--json')).toBe(0);
    expect(json()).toEqual({ items: [one, one], next: 'p3' });
  });

  it('is retried with a correction', async () => {
    system.answer('POST /api/collector/rejected/r-1/retry', {
      status: 'retried',
      eventId: 'e',
      reason: null,
    });
    const file = join(folder, 'event.json');
    writeFileSync(file, '{"id":"1"}');
    expect(await perennial('rejected', 'retry', 'r-1', '--with', file)).toBe(0);
    expect(system.bodiesOf('POST /api/collector/rejected/r-1/retry')).toEqual([{ event: { id: '1' } }]);
  });

  it('ends with 1 when it is rejected again', async () => {
    system
      .answer('POST /api/collector/rejected/r-1/retry', { code: 'x', detail: 'No order id.' }, 422)
      .answer('POST /api/collector/rejected/retry', { retried: 4, refused: 1 });
    expect(await perennial('rejected', 'retry', 'r-1')).toBe(1);
    expect(written.err).toContain('No order id.');
    expect(await perennial('rejected', 'retry', '--all', '--code', 'bad')).toBe(1);
    expect(written.out).toContain('4 accepted, 1 still rejected');
    expect(system.bodiesOf('POST /api/collector/rejected/retry')).toEqual([{ code: 'bad' }]);
  });

  it('needs to know which', async () => expect(await perennial('rejected', 'retry')).toBe(2));

  it('is dismissed with a reason', async () => {
    system.answer('POST /api/collector/rejected/r-1/dismiss', { ...one, status: 'dismissed' });
    expect(await perennial('rejected', 'dismiss', 'r-1', '--reason', 'a test')).toBe(0);
    expect(system.bodiesOf('POST /api/collector/rejected/r-1/dismiss')).toEqual([{ reason: 'a test' }]);
  });
});

it('plays in a simulated company', async () => {
  system.answer('POST /events', { accepted: 0, duplicates: 500, rejected: [] });
  const days = ['--from', '2026-01-01', '--to', '2026-02-01'];
  expect(await perennial('simulate', '--customers', '5', ...days, '--no-wait', '--json')).toBe(0);
  const sent = system.bodiesOf('POST /events').flat();
  expect(json()).toMatchObject({ customers: 5, events: sent.length, caughtUp: false });
  expect(sent.length).toBeGreaterThan(5);
});

it('shows a type of the catalogue with its schema and an example', async () => {
  expect(await run(['catalogue', 'order.placed', '--json'])).toBe(0);
  expect(json()).toMatchObject({
    type: 'order.placed',
    schema: { properties: { orderId: { type: 'string' } } },
    example: { specversion: '1.0', data: { orderId: 'A-1001' } },
  });
});
