import { event, line, merged, serviceUnderTest } from '@perennial/testing';
import { InteractionsModule } from './interactions.module.js';

const [ann, phone] = ['user:ann', 'anonymous:phone'];
const saw = (subject: string, path: string, time: string) =>
  event('page.viewed', subject, { path }, { time });
const order = event(
  'order.placed',
  ann,
  { orderId: 'A-1', total: { amount: '12.50', currency: 'EUR' }, channel: 'web', lines: [line('lamp')] },
  { time: '2026-03-01T12:10:00.000Z' },
);

interface Page {
  items: { summary: string; at: string; startedAt: string; open: boolean; converted: boolean }[];
  next: string | null;
}

describe('Interactions over HTTP', () => {
  const service = serviceUnderTest(InteractionsModule);
  const customers = '/api/interactions/customers';

  beforeAll(async () => {
    const [annId, phoneId] = [service.subjectIdOf(ann), service.subjectIdOf(phone)];
    await service.given(
      saw(phone, '/', '2026-03-01T12:00:00.000Z'),
      saw(ann, '/lights', '2026-03-01T12:05:00.000Z'),
      saw(ann, '/lights', '2026-03-01T12:05:00.000Z'),
      order,
      event(
        'inquiry.received',
        phone,
        { channel: 'phone', text: 'secret' },
        { time: '2026-02-20T08:00:00.000Z' },
      ),
      saw('user:bob', '/', '2026-03-01T12:00:00.000Z'),
      saw(ann, '/', new Date(Date.now() - 60_000).toISOString()),
      {
        ...merged(ann, phone),
        subject: `customer:${annId}`,
        data: { customerId: annId, subjectIds: [phoneId], because: ['a link'] },
      },
    );
  });

  it('tell the timeline, the latest first, page by page, whichever identifier is asked for', async () => {
    for (const id of [service.subjectIdOf(ann), service.subjectIdOf(phone)]) {
      const told: string[] = [];
      let after = '';
      do {
        const { status, body } = await service.get<Page>(`${customers}/${id}/timeline?limit=2${after}`);
        expect(status).toBe(200);
        expect(body.items.length).toBeLessThanOrEqual(2);
        told.push(...body.items.map(({ summary }) => summary));
        after = body.next === null ? '' : `&after=${body.next}`;
      } while (after);
      expect(told).toEqual([
        'looked at /',
        'ordered 1 product for 12.50 EUR',
        'looked at /lights',
        'looked at /',
        'asked by phone',
      ]);
    }
  });

  it('tell sessions, and which is going on', async () => {
    const path = `${customers}/${service.subjectIdOf(ann)}/sessions`;
    const { body } = await service.get<Page>(`${path}?limit=1`);
    expect(body.items).toEqual([expect.objectContaining({ open: true, converted: false, pages: 1 })]);
    const { body: rest } = await service.get<Page>(`${path}?limit=1&after=${body.next}`);
    expect(rest).toEqual({
      items: [
        expect.objectContaining({
          startedAt: '2026-03-01T12:00:00.000Z',
          endedAt: '2026-03-01T12:10:00.000Z',
          open: false,
          converted: true,
          entryChannel: 'web',
        }),
      ],
      next: null,
    });
  });

  it('tell the activity of a customer, and of all by day', async () => {
    const id = service.subjectIdOf(ann);
    const { body } = await service.get(`${customers}/${id}/activity`);
    expect(body).toMatchObject({
      customerId: id,
      interactions: 5,
      byChannel: { web: 4, phone: 1 },
      sessions: 2,
      orders: 1,
      lastOrderAt: '2026-03-01T12:10:00.000Z',
    });
    const days = await service.get('/api/interactions/activity?from=2026-02-20&to=2026-03-01');
    expect(days.body).toEqual([
      { day: '2026-02-20', channel: 'phone', customers: 1, interactions: 1 },
      { day: '2026-03-01', channel: 'web', customers: 2, interactions: 4 },
    ]);
  });

  it.each([
    ['customers/00000000-0000-0000-0000-000000000000/timeline', 404, 'unknown-customer'],
    ['customers/ann/timeline', 400, 'bad-request'],
    ['activity?from=yesterday', 400, 'invalid-request'],
    ['activity?from=1900-01-01', 400, 'too-many-days'],
    ['activity?from=2026-03-01&to=2026-02-20', 400, 'invalid-request'],
  ])('refuse %s with %i %s', async (path, status, code) => {
    const answer = await service.get(`/api/interactions/${path}`);
    expect(answer).toMatchObject({ status, body: { status, code } });
  });

  it.each(['nonsense', Buffer.from('["2026","x"]').toString('base64url')])(
    'refuse the cursor %s',
    async (after) => {
      const answer = await service.get(`${customers}/${service.subjectIdOf(ann)}/timeline?after=${after}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-cursor' } });
    },
  );

  it('document their routes', async () => {
    const { body } = await service.get<{ paths: object }>('/api/interactions/openapi.json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/api/interactions/customers/{id}/timeline',
        '/api/interactions/customers/{id}/sessions',
        '/api/interactions/customers/{id}/activity',
        '/api/interactions/activity',
      ]),
    );
  });
});
