import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { issueToken, Service, ServiceSettings, settings } from '@perennial/service';
import { event, freePorts, ServiceUnderTest } from '@perennial/testing';
import { shop } from '../testing/shop.models.js';
import type { Status } from './operations.js';
import { Peers } from './peers.js';
import { ReadModelsModule } from './read-models.module.js';

@Service({ name: 'shop', description: 'A shop.' })
@Module({ imports: [ReadModelsModule.of(shop)] })
class ShopModule {}

@Service({ name: 'office', description: 'Another service, in a process of its own.' })
@Module({ imports: [ReadModelsModule.of({ ...shop, schema: 'office' })] })
class OfficeModule {}

const keys = { TOKEN_SECRET: 'a-secret-of-at-least-thirty-two-characters' };
const viewed = (subject: string) => event('page.viewed', subject, { path: '/' });
const lastOf = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '') as { result: unknown };

describe('a service that answers for others as well', () => {
  const office = new ServiceUnderTest([OfficeModule], keys);
  let desk: ServiceUnderTest;
  let bearer: { authorization: string };
  beforeAll(async () => {
    await office.open();
    const [port] = await freePorts(1);
    const peers = { OPERATIONS_PEERS: `${office.url},http://127.0.0.1:${port}/` };
    desk = new ServiceUnderTest([ShopModule], { ...keys, ...peers, PORT: String(port) });
    await desk.open();
    const token = await issueToken(
      keys.TOKEN_SECRET,
      { name: 'ops', roles: ['operator'] },
      { expires: '1h' },
    );
    bearer = { authorization: `Bearer ${token}` };
    await desk.given(viewed('user:ann'));
    await office.given(viewed('user:ann'), viewed('user:bob'));
  });
  afterAll(async () => {
    await desk.close();
    await office.close();
  });

  /** Somebody at the address of a peer, who answers this. */
  let said = { text: '', breaks: false };
  const stranger = createServer((_, response) => {
    response.write(said.text, () => (said.breaks ? response.destroy() : response.end()));
  });
  let there = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    there = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  });
  afterAll(() => stranger.close());
  const asking = (text: string, { breaks = false } = {}) => {
    said = { text, breaks };
    return new Peers(settings(ServiceSettings, { OPERATIONS_PEERS: there }));
  };

  const post = (path: string, body: object) => desk.post<string>(`/api/operations/${path}`, body, bearer);

  it('tells the status of all, each read model once, though it is told to ask itself, too', async () => {
    const { body } = await desk.get<Status>('/api/operations/status', bearer);
    expect(body).toMatchObject({ events: 2, customers: 2, unapplied: 0, problems: {} });
    const names = body.readModels.map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('.visit'))).toEqual(['shop.visit', 'office.visit']);
    const own = await desk.get<Status>('/api/operations/status?here=true', bearer);
    expect(own.body.readModels.every(({ name }) => name.startsWith('shop.'))).toBe(true);
  });

  it('verifies the read models of all, and finds a difference at another one', async () => {
    expect(lastOf((await post('verify', {})).body)).toMatchObject({ result: { differences: 0 } });
    await office.pool.query(`update office_tables.visit set path = '/elsewhere' where path = '/'`);
    const { result } = lastOf((await post('verify', {})).body) as {
      result: { differences: number; readModels: { name: string; differences: number }[] };
    };
    expect(result.differences).toBe(4);
    expect(result.readModels.filter(({ differences }) => differences > 0)).toMatchObject([
      { name: 'office.visit' },
    ]);
    expect(lastOf((await post('rebuild', { name: 'office.visit' })).body)).toMatchObject({
      result: { readModels: expect.arrayContaining(['office.visit']) as unknown },
    });
    expect(lastOf((await post('verify', { names: ['office'] })).body)).toMatchObject({
      result: { differences: 0 },
    });
  });

  it('asks with the token of whoever asks it', async () => {
    expect((await desk.post('/api/operations/verify', {})).status).toBe(401);
    const { status, body } = await desk.post<{ detail: string }>(
      '/api/operations/rebuild',
      { name: 'visit' },
      bearer,
    );
    expect(status).toBe(422);
    expect(body.detail).toContain('say shop.visit or office.visit');
  });

  it.each([
    ['answers something else', '{}', /is no Perennial/],
    ['answers no JSON', '<html>', /is no Perennial/],
  ])('says that a peer %s', async (_, text, sentence) => {
    const [status] = await asking(text).status(0, undefined);
    expect(Object.values(status?.problems ?? {})).toEqual([expect.stringMatching(sentence) as unknown]);
    expect((await asking(text).readModels(undefined)).away).toEqual([
      expect.stringMatching(sentence) as unknown,
    ]);
  });

  it('names the peer that ends in the middle of its work', async () => {
    const half = `${JSON.stringify({ progress: { stage: 'reading', events: 1, of: 2 } })}\n`;
    const steps: unknown[] = [];
    const working = asking(half, { breaks: true }).run(
      there,
      'verify',
      {},
      {
        token: undefined,
        signal: new AbortController().signal,
        onProgress: (step) => steps.push(step),
      },
    );
    await expect(working).rejects.toThrow(`${there} (OPERATIONS_PEERS) ended the connection before`);
    expect(steps).toHaveLength(1);
  });

  it('says who does not answer, and does not call a part the whole', async () => {
    const url = office.url;
    await office.app.close();
    const { body } = await desk.get<Status>('/api/operations/status', bearer);
    expect(body.problems).toEqual({
      [new URL(url).host]: expect.stringContaining(`${url} (OPERATIONS_PEERS) can't be`) as unknown,
    });
    const all = await desk.post<{ detail: string }>('/api/operations/verify', {}, bearer);
    expect([all.status, all.body.detail]).toEqual([503, expect.stringContaining(url)]);
    expect(lastOf((await post('verify', { names: ['shop'] })).body)).toMatchObject({
      result: { differences: 0 },
    });
  });
});
