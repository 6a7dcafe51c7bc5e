import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { simulate, type SimulatedEvent } from '@perennial/simulator';
import { describeIf, serviceUnderTest } from '@perennial/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ConsoleModule } from './console.module.js';

const program = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

const describeWithBrowser = describeIf(program !== undefined, 'no Chromium on the path: install chromium');

type Answers = Record<string, unknown>;
type Order = Extract<SimulatedEvent, { type: 'order.placed' }>;

const all = [...simulate({ customers: 300, to: new Date('2026-03-01T00:00:00Z') })];
const orders = all.filter((event): event is Order => event.type === 'order.placed');
const id = '0d9c8b7a-6f5e-4d3c-8b2a-1f0e9d8c7b6a';

/** What the services would answer about the sample company; cohorts are those of identifiers, not of customers. */
function answers(): Answers {
  const months = (time: string) => Number(time.slice(0, 4)) * 12 + Number(time.slice(5, 7)) - 1;
  const first = new Map<string, Order>();
  for (const order of orders) if (!first.has(order.subject)) first.set(order.subject, order);
  const cohortOf = ({ subject }: Order) => `${first.get(subject)!.time.slice(0, 7)}-01`;
  const sum = (of: Order[]) =>
    of.reduce((total, { data }) => total + Number(data.total.amount), 0).toFixed(2);
  const count = (of: Order[]) => new Set(of.map(({ subject }) => subject)).size;
  const cohorts = [...Map.groupBy(orders, cohortOf)].flatMap(([cohort, ordered]) =>
    [...Map.groupBy(ordered, ({ time }) => months(time) - months(cohort))].map(([monthsSince, of]) => ({
      ...{ currency: 'EUR', cohort, monthsSince, cohortCustomers: count(ordered), customers: count(of) },
      ...{ share: (count(of) / count(ordered)).toFixed(4), orders: of.length, revenue: sum(of) },
    })),
  );
  const readModels = ['retention.purchases', 'acquisition.customers'].map((name) => ({
    ...{ name, kind: 'derived', rows: 512, lag: 0, updatedAt: new Date().toISOString() },
  }));
  return {
    '/api/operations/status': {
      ...{ events: all.length, customers: 520, rejected: 2, unapplied: 0, problems: {}, readModels },
      sources: ['/shop', '/simulated/fernwood'],
      analystUrl: 'postgres://perennial_analyst@localhost/perennial',
    },
    '/api/retention/summary': [
      { currency: 'USD', customers: 1, orders: 1, revenue: '5.00', refunded: '0' },
      {
        ...{ currency: 'EUR', customers: first.size, orders: orders.length, revenue: sum(orders) },
        ...{ refunded: '1000.00', lastOrderAt: '2026-02-28T12:00:00Z' },
      },
    ],
    '/api/retention/cohorts': cohorts,
    '/api/acquisition/channels': [
      { channel: 'search', customers: 200, identified: 120, converted: 100 },
      { channel: 'search', customers: 40, identified: 30, converted: 20 },
      { channel: 'store', customers: 60, identified: 50, converted: 60 },
    ],
    '/api/acquisition/customers': {
      items: [{ customerId: id, identified: true, firstSeenAt: '2026-02-28T12:00:00Z', channel: 'search' }],
      next: null,
    },
    [`/api/interactions/customers/${id}/timeline`]: {
      items: [{ type: 'order.placed', summary: 'Ordered <b>a lamp</b>', source: '/simulated/fernwood' }],
      next: null,
    },
    '/api/recommendations/products': {
      items: [{ sku: 'COFFEE-GRINDER', name: 'Coffee grinder' }],
      next: null,
    },
    '/api/recommendations/products/COFFEE-GRINDER/also-bought': {
      ...{ sku: 'COFFEE-GRINDER', name: 'Coffee grinder' },
      items: [{ sku: 'BEANS', name: 'Espresso beans', basketsTogether: 132, lift: 8.25, reason: 'together' }],
    },
  };
}

describeWithBrowser('the console in a browser', () => {
  const service = serviceUnderTest(ConsoleModule);
  let browser: Browser;
  let page: Page;
  let given: Answers;
  let complaints: string[];
  let asked: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    given = answers();
    complaints = [];
    asked = [];
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // What the browser itself says of an answer that is an error.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        complaints.push(message.text());
    });
    await page.route('**/api/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      asked.push(pathname);
      const answer = given[pathname];
      if (typeof answer === 'number') return route.fulfill({ status: answer, json: {} });
      return answer === undefined
        ? route.fulfill({ status: 404, json: {} })
        : route.fulfill({ json: answer });
    });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const open = async () => {
    await page.goto(service.url);
    await page.locator('#figures dl').first().waitFor();
  };
  const text = (selector: string) => page.locator(selector).innerText();

  it('shows events, customers, orders and revenue, and that the data are simulated', async () => {
    await open();
    expect(await text('#figures')).toContain(all.length.toLocaleString('en'));
    expect(await text('#figures')).toContain('200 identified, 320 anonymous');
    expect(await text('#figures')).toMatch(/€\d/);
    expect(await page.locator('#simulated').isVisible()).toBe(true);
    expect(await text('#live')).toBe('Up to date');
  });

  it('shows months, cohorts, channels, companions and what to try next', async () => {
    await open();
    expect(await page.locator('#revenue rect').count()).toBeGreaterThan(20);
    expect(await page.locator('#cohorts tbody tr').count()).toBe(12);
    expect(await text('#channels tbody')).toMatch(/search\s+240\s+50%/);
    expect(await text('#together')).toMatch(/Coffee grinder\s+Espresso beans\s+132 orders 8\.3×/);
    expect(await text('#next')).toContain("psql 'postgres://perennial_analyst@localhost/perennial'");
    expect(await text('#next')).toContain(`curl ${service.url}/events`);
  });

  it('says how fresh each service is, and lists every read model on demand', async () => {
    const status = given['/api/operations/status'] as { readModels: { lag: number }[] };
    status.readModels[0]!.lag = 1_234;
    await open();
    expect(await text('#freshness')).toMatch(/retention\s+1\s+1,234 events\s+(now|\d+ seconds? ago)/);
    expect(await text('#live')).toBe('Reading 1,234 events');
    await page.getByText('Every read model').click();
    expect(await text('#read-models')).toMatch(/retention\.purchases\s+derived\s+512/);
    await page.waitForTimeout(2_500);
    expect(await page.locator('#read-models table').isVisible()).toBe(true);
  });

  it('shows as text what an answer says, whatever it says', async () => {
    await open();
    expect(await text('#newest')).toContain('Ordered <b>a lamp</b>');
  });

  it('does not call data simulated that are not', async () => {
    (given['/api/operations/status'] as { sources: string[] }).sources = ['/shop'];
    await open();
    expect(await page.locator('#simulated').isVisible()).toBe(false);
  });

  it('says which service is away, shows the others, and mends itself', async () => {
    given['/api/retention/summary'] = 503;
    delete given['/api/acquisition/channels'];
    await open();
    expect(await text('#revenue')).toContain('The service has a problem just now (503).');
    expect(await text('#channels')).toContain('not part of the process');
    expect(await text('#together')).toContain('Coffee grinder');
    expect(await text('#figures')).toContain('–');
    given = answers();
    await page.locator('#revenue rect').first().waitFor();
    await page.locator('#channels tbody').waitFor();
  });

  it('follows what happens, and asks for no more than the standing when nothing does', async () => {
    await open();
    const before = asked.length;
    for (let looks = 0; looks < 2; looks++) await page.waitForResponse(/\/status/);
    expect(new Set(asked.slice(before))).toEqual(new Set(['/api/operations/status']));
    (given['/api/operations/status'] as { events: number }).events = 1_234_567;
    await page.getByText('1,234,567').waitFor();
  });

  it('works for an empty system', async () => {
    given = {
      '/api/operations/status': { events: 0, customers: 0, rejected: 0, readModels: [], analystUrl: null },
      '/api/retention/summary': [],
      '/api/acquisition/channels': [],
      '/api/acquisition/customers': { items: [] },
      '/api/recommendations/products': { items: [] },
    };
    await open();
    expect(await text('#revenue')).toContain('No orders yet.');
    expect(await text('#newest')).toContain('Nobody yet.');
    expect(await page.locator('#next pre').count()).toBeGreaterThan(2);
  });

  it('finds a product, and what goes with it', async () => {
    await open();
    const request = page.waitForRequest(/products\?limit=6&search=grinder/);
    await page.getByLabel('Find a product').fill('grinder');
    await request;
  });

  it('asks for a token where one is needed, and sends it', async () => {
    given['/api/retention/summary'] = 401;
    await open();
    await page.getByLabel('reader’s token').fill('a-token');
    const request = page.waitForRequest(
      (sent) => sent.url().endsWith('/summary') && sent.headers().authorization === 'Bearer a-token',
    );
    await page.getByRole('button', { name: 'Show the figures' }).click();
    await request;
  });

  it.each([320, 390, 768, 1280])('needs no scrolling to the side at a width of %d', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await open();
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(width);
  });

  it('can be read: every text stands out from its ground, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await open();
      expect(await page.evaluate(faintTexts)).toEqual([]);
    }
  });
});

/** In the page: texts with less contrast than WCAG's 4.5 to 1. */
const faintTexts = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color[3] > 250) return color;
    }
    return [255, 255, 255];
  };
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const owner = node.parentElement;
    if (!node.data.trim() || !owner.checkVisibility() || owner.closest('svg, noscript')) continue;
    const [one, other] = [light(rgb(getComputedStyle(owner).color)), light(ground(owner))];
    const contrast = Math.max(one, other) / Math.min(one, other);
    if (contrast < 4.5) faint.push(node.data.trim() + ' ' + contrast.toFixed(2));
  }
  return faint;
})()`;
