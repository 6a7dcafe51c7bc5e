import { event, serviceUnderTest } from '@perennial/testing';
import { AcquisitionModule } from '../acquisition.module.js';
import type { ExportedEvent } from './exports.answers.js';

interface Page {
  items: ExportedEvent[];
  next: string | null;
}

describe('what is recorded about a customer', () => {
  const service = serviceUnderTest(AcquisitionModule);
  const [ann, phone, bob] = ['user:ann', 'anonymous:9f', 'user:bob'];
  const path = (subject: string, query = '') =>
    `/api/acquisition/customers/${service.subjectIdOf(subject)}/events${query}`;
  const all = async (subject: string, limit: number) => {
    const items: ExportedEvent[] = [];
    for (let after: string | null = ''; after !== null;) {
      const query: string = `?limit=${limit}${after && `&after=${after}`}`;
      const { body } = await service.get<Page>(path(subject, query));
      expect(body.items.length).toBeLessThanOrEqual(limit);
      items.push(...body.items);
      after = body.next;
    }
    return items;
  };

  beforeAll(() =>
    service.given(
      event('profile.updated', ann, { email: 'ann@example.org' }),
      event('page.viewed', ann, { path: '/lamps' }),
      event('profile.updated', phone, { email: 'ann@private.example' }),
      event('identity.linked', phone, { other: ann, evidence: 'login' }),
      event('profile.updated', bob, { email: 'bob@example.org' }),
    ),
  );

  it('is given in the clear, under all identifiers, and of nobody else', async () => {
    const events = await all(phone, 500);
    const of = (subject: string) => events.filter((one) => one.subject === subject);
    expect(of(ann)).toMatchObject([
      { version: 1, type: 'profile.updated', data: { email: 'ann@example.org' } },
      { version: 2, type: 'page.viewed', data: { path: '/lamps' } },
      ...of(ann).slice(2),
    ]);
    expect(of(phone).map(({ data }) => data.email)).toContain('ann@private.example');
    expect(JSON.stringify(events)).not.toContain('bob@');
    // Decisions about the customer are among it.
    expect(events.map(({ type }) => type)).toContain('customers.merged');
  });

  it.each([1, 2, 3])('is the same page by page, %s at a time', async (limit) => {
    expect(await all(ann, limit)).toEqual(await all(ann, 500));
  });

  it('is nothing for nobody, and not for who gives the cursor of another list', async () => {
    expect((await service.get(path('user:nobody'))).status).toBe(404);
    const other = Buffer.from(JSON.stringify(['x', 'y'])).toString('base64url');
    expect((await service.get(path(ann, `?after=${other}`))).status).toBe(400);
  });

  it('is without the person once the customer is erased', async () => {
    await service.post(`/api/acquisition/customers/${service.subjectIdOf(bob)}/erase`, {});
    await service.given();
    const [first] = await all(bob, 500);
    expect(first).toMatchObject({ subject: 'user:erased', type: 'profile.updated', data: {} });
    expect(JSON.stringify(first)).not.toContain('bob@');
  });
});
