import {
  event,
  givenReadModels,
  line,
  merged,
  ReadModelsUnderTest,
  split,
  subjectIdOf,
  type GivenEvent,
} from '@perennial/testing';
import fc from 'fast-check';
import { interactions } from '../interactions.read-models.js';
import { Session } from './session.derived.js';

const [ann, phone, bob] = ['user:ann', 'anonymous:phone', 'user:bob'];

const minute = (minutes: number) => new Date(Date.UTC(2026, 2, 1, 12) + minutes * 60_000).toISOString();
const inDatabase = (minutes: number) => minute(minutes).replace('.000Z', '+00:00');
const saw = (subject: string, minutes: number, path = '/') =>
  event('page.viewed', subject, { path }, { time: minute(minutes) });
const ordered = (subject: string, minutes: number, orderId = 'A-1', source = '/shop') =>
  event(
    'order.placed',
    subject,
    { orderId, total: { amount: '1', currency: 'EUR' }, lines: [line('lamp')] },
    { time: minute(minutes), source },
  );

describe('A session', () => {
  const { given } = givenReadModels(interactions);

  it('goes on for as long as there is no break of more than 30 minutes', () =>
    given(saw(ann, 0, '/lights'), saw(ann, 30), saw(ann, 61)).thenRows(Session, [
      {
        customer_id: subjectIdOf(ann),
        started_at: inDatabase(0),
        ended_at: inDatabase(30),
        pages: 2,
        entry_page: '/lights',
        converted: false,
      },
      { started_at: inDatabase(61), ended_at: inDatabase(61), pages: 1, entry_page: '/' },
    ]));

  it('tells what was looked at, and by what way the customer came', () =>
    given(
      event('cart.viewed', ann, {}, { time: minute(0) }),
      event(
        'page.viewed',
        ann,
        { path: '/', channel: 'kiosk', referrer: 'news.example' },
        { time: minute(1) },
      ),
      event('product.viewed', ann, { sku: 'lamp', channel: 'web' }, { time: minute(2) }),
      event('product.viewed', ann, { sku: 'Lamp' }, { time: minute(3) }),
      event('product.viewed', ann, { sku: 'desk' }, { time: minute(4) }),
      event('cart.item.added', ann, { sku: 'desk', quantity: 3 }, { time: minute(5) }),
    ).thenRows(Session, [
      {
        events: 6,
        pages: 1,
        products_viewed: 2,
        cart_additions: 1,
        entry_channel: 'kiosk',
        came_from: 'news.example',
        entry_page: '/',
      },
    ]));

  it('leads to an order, which two systems may report', () =>
    given(saw(ann, 0), ordered(ann, 5), ordered(ann, 6, 'A-1', '/erp')).thenRows(Session, [
      { orders: 1, converted: true, ended_at: inDatabase(6) },
    ]));

  it('is more than an order', () => given(ordered(ann, 0)).thenNoRow(Session));

  it('is not of what we do, or of what is no visit', () =>
    given(
      event('shipment.delivered', ann, { shipmentId: 'S', orderId: 'A' }),
      event('inquiry.received', ann, { channel: 'phone' }),
      event('activity.recorded', ann, { name: 'Newsletter Opened' }),
    ).thenNoRow(Session));

  it('is one over the identifiers of a customer, and two when they are split', async () => {
    const visit = [saw(phone, 0), saw(ann, 20), saw(phone, 45)];
    await given(...visit, merged(ann, phone)).thenRows(Session, [
      { customer_id: subjectIdOf(ann), started_at: inDatabase(0), ended_at: inDatabase(45), pages: 3 },
    ]);
    await given(...visit, merged(ann, phone), split(ann, phone)).thenRows(Session, [
      { customer_id: subjectIdOf(ann), started_at: inDatabase(20), pages: 1 },
      { customer_id: subjectIdOf(phone), started_at: inDatabase(0), pages: 1 },
      { customer_id: subjectIdOf(phone), started_at: inDatabase(45), pages: 1 },
    ]);
  });

  it('is open while its last event is less than 30 minutes old', async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await given(
      event('page.viewed', ann, { path: '/' }, { time: ago(5) }),
      event('page.viewed', bob, { path: '/' }, { time: ago(45) }),
    ).thenRows('open_session', [{ customer_id: subjectIdOf(ann) }]);
  });

  it('is cut as a walk through the sorted times cuts it, for any visits of anybody', async () => {
    const visits = fc.array(
      fc.record({
        subject: fc.constantFrom(ann, phone, bob),
        minutes: fc.integer({ min: 0, max: 300 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(visits, fc.boolean(), async (visits, merge) => {
        const events: GivenEvent[] = visits.map(({ subject, minutes }, index) =>
          saw(subject, minutes, `/${index}`),
        );
        const customerOf = (subject: string) => (merge && subject === phone ? ann : subject);
        const expected = [ann, phone, bob].flatMap((customer) => {
          const times = visits
            .filter(({ subject }) => customerOf(subject) === customer)
            .map(({ minutes }) => minutes)
            .sort((a, b) => a - b);
          const sessions: number[][] = [];
          for (const time of times) {
            const current = sessions.at(-1);
            if (current && time - (current.at(-1) as number) <= 30) current.push(time);
            else sessions.push([time]);
          }
          return sessions.map((times) => ({
            customer_id: subjectIdOf(customer),
            started_at: inDatabase(times[0] as number),
            ended_at: inDatabase(times.at(-1) as number),
            pages: times.length,
          }));
        });
        await given(...events, ...(merge ? [merged(ann, phone)] : [])).thenRows(Session, expected);
      }),
      { numRuns: 8 },
    );
  });
});

describe('Sessions, whatever comes when', () => {
  const subject = new ReadModelsUnderTest(interactions);
  beforeAll(() => subject.open());
  afterAll(() => subject.close());

  const people = fc.constantFrom(ann, phone, bob);
  /** Steps of about half a session's break, of a whole one and of a little more, to the millisecond. */
  const time = fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.constantFrom(-1, 0, 0, 0, 1))
    .map(([steps, milliseconds]) =>
      new Date(Date.UTC(2026, 2, 1, 12, 15 * steps, 0, milliseconds)).toISOString(),
    );
  const contact = fc
    .record({
      subject: people,
      time,
      kind: fc.constantFrom('page', 'page', 'order', 'inquiry'),
      id: fc.nat(3),
    })
    .map(({ subject, time, kind, id }): GivenEvent => {
      if (kind === 'page') return event('page.viewed', subject, { path: `/${id}` }, { time });
      if (kind === 'inquiry') return event('inquiry.received', subject, { channel: 'phone' }, { time });
      const total = { amount: '1', currency: 'EUR' };
      return event('order.placed', subject, { orderId: `A-${id}`, total, lines: [line('lamp')] }, { time });
    });
  const decision = fc
    .tuple(people, people, fc.boolean())
    .map(([customer, other, joins]) => (joins ? merged(customer, other) : split(customer, other)));
  const contacts = fc.array(contact, { minLength: 1, maxLength: 12 });
  const histories = fc.record({ contacts, decisions: fc.array(decision, { maxLength: 2 }) });
  const playing = (events: readonly GivenEvent[]) =>
    fc.record({
      order: fc.shuffledSubarray([...events, ...events], { minLength: events.length }),
      batchSize: fc.integer({ min: 1, max: 6 }),
    });

  it('are what a rebuild makes of them: after breaks of just the limit, late, twice, merged and split', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories.chain(({ contacts, decisions }) => playing([...contacts, ...decisions])),
        async (played) => {
          await subject.reset();
          await subject.play(played);
          expect(await subject.differences()).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 25) },
    );
  });
});
