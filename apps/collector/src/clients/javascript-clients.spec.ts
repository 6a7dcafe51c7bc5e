import { Analytics } from '@segment/analytics-node';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { jitsuAnalytics } from '@jitsu/js';
import { openEvents } from '@perennial/privacy';
import { issueToken } from '@perennial/service';
import { serviceUnderTest } from '@perennial/testing';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { CollectorModule } from '../collector.module.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';
const service = serviceUnderTest(CollectorModule, { TOKEN_SECRET: secret });

let writeKey: string;
beforeAll(async () => {
  const token = await issueToken(secret, { name: 'ann', roles: ['operator'] }, { expires: '1h' });
  const answer = await service.post<{ writeKey: string }>(
    '/api/collector/sources',
    { name: 'shop' },
    { authorization: `Bearer ${token}` },
  );
  expect(answer.status).toBe(201);
  ({ writeKey } = answer.body);
});

/** The journal's events of a subject, opened, without what differs from run to run. */
const eventsOf = async (subject: string) => {
  const stored = await service.platform.journal.readStream(service.subjectIdOf(subject));
  return (await openEvents(service.platform.vault, stored)).map(({ type, source, data }) => ({
    type,
    source,
    data,
  }));
};
const source = '/segment/shop';

it("Segment's library for Node publishes all its calls", async () => {
  const analytics = new Analytics({ writeKey, host: service.url, flushAt: 20, maxRetries: 0 });
  const errors: unknown[] = [];
  analytics.on('error', (error) => errors.push(error));
  analytics.identify({ userId: 'segment-node', traits: { email: 'ann@example.org', plan: 'gold' } });
  analytics.track({
    userId: 'segment-node',
    anonymousId: 'segment-anonymous',
    event: 'Product Viewed',
    properties: { sku: 'lamp', price: 29.9, currency: 'EUR' },
  });
  analytics.page({ userId: 'segment-node', name: 'Home', properties: { path: '/home' } });
  analytics.screen({ userId: 'segment-node', name: 'Start' });
  analytics.group({ userId: 'segment-node', groupId: 'g-1' });
  analytics.alias({ userId: 'segment-node', previousId: 'segment-old' });
  await analytics.closeAndFlush();
  expect(errors).toEqual([]);
  const events = await eventsOf('user:segment-node');
  expect(events).toHaveLength(5);
  expect(events).toEqual(
    expect.arrayContaining([
      { type: 'profile.updated', source, data: { email: 'ann@example.org', traits: { plan: 'gold' } } },
      { type: 'product.viewed', source, data: { sku: 'lamp', price: { amount: '29.9', currency: 'EUR' } } },
      { type: 'page.viewed', source, data: { path: '/home', title: 'Home', channel: 'web' } },
      { type: 'screen.viewed', source, data: { name: 'Start', channel: 'app' } },
    ]),
  );
  expect(await eventsOf('anonymous:segment-anonymous')).toMatchObject([{ type: 'identity.linked' }]);
  expect(await eventsOf('user:segment-old')).toMatchObject([
    { type: 'identity.linked', data: { evidence: 'alias' } },
  ]);
});

it("RudderStack's library for Node publishes, gzipped", async () => {
  const rudder = new RudderAnalytics(writeKey, { dataPlaneUrl: service.url, flushAt: 20, gzip: true });
  rudder.identify({ userId: 'rudder-node', traits: { firstName: 'Ann' } });
  rudder.track({
    userId: 'rudder-node',
    event: 'Order Completed',
    properties: { order_id: 'R-1', subtotal: 10, currency: 'EUR' },
  });
  await rudder.flush();
  const events = await eventsOf('user:rudder-node');
  expect(events).toEqual([
    expect.objectContaining({ type: 'profile.updated', data: { firstName: 'Ann' } }),
    expect.objectContaining({ type: 'order.placed', source }),
  ]);
});

it.each([false, true])("Jitsu's library publishes (server to server: %s)", async (s2s) => {
  const user = `jitsu-${s2s}`;
  const jitsu = jitsuAnalytics({ host: service.url, writeKey: `id:${writeKey}`, s2s });
  await jitsu.identify(user, { email: 'ann@example.org' });
  await jitsu.track('Cart Viewed', { cart_id: 'C-1', products: [{ sku: 'lamp' }] });
  const events = await eventsOf(`user:${user}`);
  expect(events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'profile.updated', source }),
      expect.objectContaining({ type: 'cart.viewed', data: { cartId: 'C-1', skus: ['lamp'] } }),
    ]),
  );
});

describe("CloudEvents' library", () => {
  const event = (id: string) =>
    new CloudEvent({
      id,
      source: '/shop',
      type: 'shipment.delivered',
      subject: 'user:Jürgen',
      time: '2026-03-01T12:00:00Z',
      data: { shipmentId: id, orderId: 'O-1' },
    });
  const post = async ({ headers, body }: { headers: object; body: unknown }) => {
    const response = await fetch(`${service.url}/events?access_token=${writeKey}`, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: body as string,
    });
    return response.json();
  };
  const accepted = { accepted: 1, duplicates: 0, rejected: [] };

  it('publishes structured and binary', async () => {
    expect(await post(HTTP.structured(event('structured')))).toEqual(accepted);
    // Its header values are raw, which HTTP does not carry; a publisher encodes them.
    const { headers, body } = HTTP.binary(event('binary'));
    const encoded = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        name.startsWith('ce-') ? encodeURIComponent(String(value)) : String(value),
      ]),
    );
    expect(await post({ headers: encoded, body })).toEqual(accepted);
    const stored = await eventsOf('user:Jürgen');
    expect(stored.map(({ data }) => data.shipmentId)).toEqual(['structured', 'binary']);
  });

  it.each([Mode.STRUCTURED, Mode.BINARY])('emits (%s)', async (mode) => {
    const emit = emitterFor(httpTransport(`${service.url}/events?access_token=${writeKey}`), { mode });
    await emit(event(`emitted-${mode}`).cloneWith({ subject: 'user:emitted' }));
    expect((await eventsOf('user:emitted')).map(({ data }) => data.shipmentId)).toContain(`emitted-${mode}`);
  });
});
