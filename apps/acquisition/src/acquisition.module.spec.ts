import { issueToken, type Role } from '@perennial/service';
import { event, serviceUnderTest } from '@perennial/testing';
import { AcquisitionModule } from './acquisition.module.js';

const [ann, visitor, bob, card] = ['user:ann', 'anonymous:9f', 'user:bob', 'card:77'];
const secret = 'a-secret-of-at-least-thirty-two-characters';
const viewed = (subject: string, day: string, channel: string) =>
  event('page.viewed', subject, { path: '/', channel }, { time: `2026-03-${day}T12:00:00.000Z` });
const linked = (subject: string, other: string) =>
  event('identity.linked', subject, { other, evidence: 'login' }, { time: '2026-03-05T12:00:00.000Z' });

interface Story {
  customerId: string;
  identifiers: { subjectId: string; namespace: string }[];
  profiles?: { email: string | null }[];
}

describe('acquisition over HTTP', () => {
  const service = serviceUnderTest(AcquisitionModule, { TOKEN_SECRET: secret });
  const customers = '/api/acquisition/customers';
  const as = async (role: Role) => ({
    authorization: `Bearer ${await issueToken(secret, { name: 'test', roles: [role] }, { expires: '1h' })}`,
  });
  const read = async <Body>(path: string, role: Role = 'reader') =>
    service.get<Body>(`${customers}${path}`, await as(role));
  const command = async (path: string, body: object, key?: string, role: Role = 'operator') => {
    const answer = await service.post<{ eventIds: string[] }>(`${customers}/${path}`, body, {
      ...(await as(role)),
      ...(key && { 'idempotency-key': key }),
    });
    await service.given();
    return answer;
  };
  const customerOf = async (subject: string) =>
    (await read<Story>(`/${service.subjectIdOf(subject)}`)).body.customerId;

  beforeAll(() =>
    service.given(
      viewed(visitor, '01', 'web'),
      viewed(ann, '02', 'email'),
      viewed(bob, '03', 'store'),
      event('profile.updated', ann, { email: 'ann@example.org' }),
      linked(visitor, ann),
      linked(bob, card),
    ),
  );

  it('finds a customer by any of its identifiers, and tells kinds and ids only', async () => {
    for (const subject of [ann, visitor]) {
      const { body } = await read<Story>(`/${service.subjectIdOf(subject)}`);
      expect(body).toMatchObject({ identified: true, subjects: 2, channel: 'web' });
      expect(body.identifiers.map(({ namespace }) => namespace).sort()).toEqual(['anonymous', 'user']);
      expect(JSON.stringify(body)).not.toContain('example.org');
    }
  });

  it('tells operators, and nobody else, who it is', async () => {
    const path = `/${service.subjectIdOf(visitor)}`;
    expect((await read<Story>(path, 'operator')).status).toBe(403);
    const { body } = await service.get<Story>(`${customers}${path}`, {
      authorization: `Bearer ${await issueToken(secret, { name: 'test', roles: ['reader', 'operator'] }, { expires: '1h' })}`,
    });
    expect(body.profiles).toEqual([expect.objectContaining({ email: 'ann@example.org' })]);
  });

  it('lists customers, the newest first, by kind and channel, page by page', async () => {
    const first = await read<{ items: Story[]; next: string }>('?limit=1');
    expect(first.body.items).toEqual([expect.objectContaining({ channel: 'store' })]);
    const second = await read(`?limit=1&after=${first.body.next}`);
    expect(second.body).toMatchObject({ items: [{ channel: 'web' }], next: null });
    expect((await read('?channel=web&identified=true')).body).toMatchObject({ items: [{ channel: 'web' }] });
    expect((await read('?identified=false')).body).toEqual({ items: [], next: null });
    expect(await read('?after=bm8')).toMatchObject({ status: 400, body: { code: 'invalid-cursor' } });
  });

  it('answers what each channel brought', async () => {
    const { body } = await service.get('/api/acquisition/channels', await as('reader'));
    expect(body).toEqual([
      expect.objectContaining({ channel: 'store', month: '2026-03-01', customers: 1, converted: 0 }),
      expect.objectContaining({ channel: 'web', customers: 1, conversion: '0.0000' }),
    ]);
  });

  it('merges and splits on an operator’s word, once a key', async () => {
    const [annId, bobId] = [service.subjectIdOf(ann), service.subjectIdOf(bob)];
    const merge = await command(`${annId}/merge`, { other: bobId, reason: 'same household' }, 'm-1');
    expect(merge).toMatchObject({ status: 202, body: { eventIds: [expect.any(String)] } });
    expect(await customerOf(card)).toBe(await customerOf(visitor));
    expect((await command(`${annId}/merge`, { other: bobId }, 'm-1')).body).toEqual({ eventIds: [] });

    const split = await command(`${annId}/split`, { subjectId: service.subjectIdOf(card) }, 's-1');
    expect(split).toMatchObject({ status: 202, body: { eventIds: [expect.any(String)] } });
    expect(await customerOf(card)).toBe(service.subjectIdOf(card));
    expect(await customerOf(bob)).toBe(await customerOf(ann));
    const again = await command(`${annId}/split`, { subjectId: service.subjectIdOf(card) }, 's-1');
    expect(again).toMatchObject({ status: 202, body: { eventIds: [] } });
  });

  it('refuses commands of readers, about nobody, about another customer, and with a key that is none', async () => {
    const annId = service.subjectIdOf(ann);
    const unknown = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    expect(await command(`${annId}/merge`, { other: unknown }, 'x', 'reader')).toMatchObject({ status: 403 });
    expect(await command(`${annId}/merge`, { other: unknown })).toMatchObject({ status: 404 });
    expect(await command(`${annId}/split`, { subjectId: unknown })).toMatchObject({ status: 404 });
    expect(await command(`${annId}/merge`, { other: annId }, 'no key')).toMatchObject({ status: 400 });
    await service.given(viewed('user:eve', '09', 'web'), linked('user:eve', 'card:9'));
    const eve = { subjectId: service.subjectIdOf('user:eve') };
    expect(await command(`${annId}/split`, eve)).toMatchObject({
      status: 409,
      body: { code: 'another-customer' },
    });
  });
});
