import type { Append, Journal } from '@perennial/journal';
import { ReadModelsUnderTest } from '@perennial/testing';
import { shop } from '../testing/shop.models.js';
import { flushOutbox, refusedDecisions, retryRefused } from './outbox.js';

const LARGE = '00000000-0000-4000-8000-000000000001';
const SMALL = '00000000-0000-4000-8000-000000000002';

describe('A decision that is larger than the journal takes', () => {
  const underTest = new ReadModelsUnderTest(shop);
  beforeAll(() => underTest.open());
  afterAll(() => underTest.close());

  /** A journal that takes so many bytes of an event; what it took. */
  const journalOf = (limit: number) => {
    const taken: string[] = [];
    const appendMany = async (appends: readonly Append[]) =>
      appends.map(({ events: [event] }) => {
        if (event!.data.length > limit) return { status: 'too-large', limit };
        taken.push(event!.eventId);
        return { status: 'appended', versions: [1], duplicates: [] };
      });
    return { taken, journal: { appendMany } as unknown as Journal };
  };
  const decide = (eventId: string, reason: string) =>
    underTest.pool.query('insert into shop_tables.outbox (event_id, policy, event) values ($1, $2, $3)', [
      eventId,
      'test',
      {
        type: 'risk.changed',
        streamId: eventId,
        subject: 'user:1',
        time: '2026-03-01T12:00:00Z',
        data: { reason },
      },
    ]);

  it('is kept and told, the others go on; it is taken when the journal takes more', async () => {
    await decide(LARGE, 'x'.repeat(1_000));
    await decide(SMALL, 'x');
    const small = journalOf(100);
    expect(await flushOutbox(underTest.pool, 'shop', small.journal)).toBe(1);
    expect(small.taken).toEqual([SMALL]);
    expect(await refusedDecisions(underTest.pool, 'shop')).toBe(1);
    expect(await flushOutbox(underTest.pool, 'shop', small.journal)).toBe(0);

    const large = journalOf(10_000);
    await retryRefused(underTest.pool, 'shop');
    expect(await flushOutbox(underTest.pool, 'shop', large.journal)).toBe(1);
    expect(large.taken).toEqual([LARGE]);
    expect(await refusedDecisions(underTest.pool, 'shop')).toBe(0);
  });
});
