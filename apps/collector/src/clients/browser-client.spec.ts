import { issueToken } from '@perennial/service';
import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';
const service = serviceUnderTest(CollectorModule, { TOKEN_SECRET: secret });

/** A page, as far as this test needs to know it; jsdom comes without types. */
interface Page {
  window: Record<string, unknown> & { close(): void };
}
interface Jsdom {
  JSDOM: new (html: string, options: { url: string; referrer: string }) => Page;
}

/** The library's timers run for ever; a page ends with its browser, this process must not wait for them. */
const { setTimeout: timeout, setInterval: interval } = globalThis;
const unreferenced =
  <Arguments extends unknown[]>(start: (...given: Arguments) => NodeJS.Timeout) =>
  (...given: Arguments) =>
    start(...given).unref();
/** What the library does every half a minute, such as telling its maker how it does, it does while it is looked at. */
const soon = (work: () => void, milliseconds?: number) =>
  timeout(work, milliseconds === 30_000 ? 300 : milliseconds);
Object.assign(globalThis, {
  setTimeout: unreferenced(soon),
  setInterval: unreferenced(interval),
});

let page: Page | undefined;
afterAll(() => page?.window.close());

/** Opens a page and makes it this process's: what the library expects to find. Node has its own fetch. */
async function open(html: string, options: { url: string; referrer: string }): Promise<void> {
  const library: string = 'jsdom';
  const { JSDOM } = (await import(library)) as Jsdom;
  const { window } = (page = new JSDOM(html, options));
  Object.assign(window, { fetch });
  Object.defineProperty(globalThis, 'window', { value: window, configurable: true });
  for (const name of [
    'document',
    'navigator',
    'location',
    'localStorage',
    'history',
    'screen',
    'XMLHttpRequest',
  ]) {
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
  }
}

const typesOf = async (subject: string) =>
  (await service.platform.journal.readStream(service.subjectIdOf(subject))).map(({ type }) => type).sort();

/** The library answers before it has sent. */
async function eventually(subject: string, types: string[]): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end && (await typesOf(subject)).length < types.length;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await typesOf(subject)).toEqual(types);
}

/** Hosts that the library has asked, as a visitor's browser would. */
const asked = new Set<string>();
const { fetch: ask } = globalThis;
globalThis.fetch = (input, init) => {
  asked.add(new URL(input instanceof Request ? input.url : input).host);
  return ask(input, init);
};

it("Segment's library for browsers reads its settings and publishes, to us alone", async () => {
  const token = await issueToken(secret, { name: 'ann', roles: ['operator'] }, { expires: '1h' });
  const { body } = await service.post<{ writeKey: string }>(
    '/api/collector/sources',
    { name: 'web' },
    { authorization: `Bearer ${token}` },
  );
  await open('<title>Lights</title>', {
    url: 'https://shop.example/lights?utm_source=news&utm_campaign=spring',
    referrer: 'https://search.example/?q=lamp',
  });
  const { AnalyticsBrowser } = await import('@segment/analytics-next');
  const [analytics] = await AnalyticsBrowser.load({ writeKey: body.writeKey, cdnURL: service.url });
  await analytics.page();
  const anonymousId = analytics.user().anonymousId() ?? '';
  await eventually(`anonymous:${anonymousId}`, ['page.viewed']);
  await analytics.identify('browser-user', { email: 'ann@example.org' });
  await analytics.track('Product Viewed', { product_id: 'lamp' });
  await eventually('user:browser-user', ['product.viewed', 'profile.updated']);
  await eventually(`anonymous:${anonymousId}`, ['identity.linked', 'page.viewed']);
  const [first] = await service.platform.journal.readStream(service.subjectIdOf(`anonymous:${anonymousId}`));
  expect(JSON.parse(first!.data)).toEqual({
    path: '/lights',
    title: 'Lights',
    channel: 'web',
    campaign: { name: 'spring', source: 'news' },
    referrer: 'search.example',
  });
  await new Promise((resolve) => timeout(resolve, 600));
  expect([...asked]).toEqual([new URL(service.url).host]);
});
