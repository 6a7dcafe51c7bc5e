import { event, givenReadModels, subjectIdOf, type GivenEvent } from '@perennial/testing';
import fc from 'fast-check';
import { acquisitionWith } from '../acquisition.read-models.js';
import { Consent } from '../profiles/consent.facts.js';
import { Profile } from '../profiles/profile.facts.js';
import { Customers } from './customers.derived.js';

const [ann, visitor, card, bob] = ['user:ann', 'anonymous:9f', 'card:77', 'user:bob'];
const on = (day: string) => ({ time: `2026-${day}T12:00:00.000Z` });
const smallest = (...subjects: string[]) => subjects.map(subjectIdOf).sort()[0] as string;

const viewed = (subject: string, day: string, touch: Record<string, unknown> = {}) =>
  event('page.viewed', subject, { path: '/', ...touch }, on(day));
const placed = (orderId: string, subject: string, day: string, channel?: string) =>
  event(
    'order.placed',
    subject,
    {
      orderId,
      total: { amount: '10', currency: 'EUR' },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10', currency: 'EUR' } }],
      ...(channel && { channel }),
    },
    on(day),
  );
const linked = (subject: string, other: string, day: string) =>
  event('identity.linked', subject, { other, evidence: 'login' }, on(day));
const unlinked = (subject: string, other: string, day: string) =>
  event('identity.unlinked', subject, { other, evidence: 'operator' }, on(day));

describe('customers', () => {
  const { given, subject } = givenReadModels(acquisitionWith({ now: () => new Date('2026-06-01') }));

  it('are anonymous while nothing but a browser is known of them', () =>
    given(viewed(visitor, '03-01', { referrer: 'www.google.com' })).thenRows(Customers, [
      {
        customer_id: subjectIdOf(visitor),
        identified: false,
        subjects: 1,
        first_seen_at: '2026-03-01T12:00:00+00:00',
        channel: 'search',
        converted_at: null,
      },
    ]));

  it('are known from their first event on, also where nothing but a return is known of them', () =>
    given(
      event(
        'order.returned',
        bob,
        { orderId: 'O-1', returnId: 'R-1', refund: { amount: '10', currency: 'EUR' } },
        on('02-01'),
      ),
      placed('O-1', bob, '03-01'),
      event(
        'order.returned',
        ann,
        { orderId: 'O-2', returnId: 'R-2', refund: { amount: '5', currency: 'EUR' } },
        on('04-01'),
      ),
    ).thenRows(Customers, [
      { customer_id: subjectIdOf(bob), identified: true, first_seen_at: '2026-02-01T12:00:00+00:00' },
      { customer_id: subjectIdOf(ann), identified: true, first_seen_at: '2026-04-01T12:00:00+00:00' },
    ]));

  it('take their first touch from before they were known, with all that belongs to it', () =>
    given(
      viewed(visitor, '03-01', { campaign: { name: 'spring', medium: 'cpc' } }),
      viewed(ann, '03-02', { campaign: { name: 'autumn', medium: 'email' } }),
      linked(visitor, ann, '03-02'),
      placed('A-1', ann, '03-05', 'store'),
    ).thenRows(Customers, [
      {
        customer_id: smallest(ann, visitor),
        identified: true,
        subjects: 2,
        channel: 'paid search',
        campaign: 'spring',
        converted_at: '2026-03-05T12:00:00+00:00',
        conversion_channel: 'store',
        conversion_order_id: 'A-1',
      },
    ]));

  it('have no campaign when the first touch had none, though a later one had', () =>
    given(viewed(ann, '03-01'), viewed(ann, '03-02', { campaign: { name: 'spring' } })).thenRows(Customers, [
      { channel: 'direct', campaign: null },
    ]));

  it('convert by the first order that was not cancelled', () =>
    given(
      placed('A-1', ann, '03-01', 'web'),
      placed('A-2', ann, '03-04', 'store'),
      event('order.cancelled', ann, { orderId: 'A-1' }, on('03-02')),
    ).thenRows(Customers, [{ conversion_order_id: 'A-2', conversion_channel: 'store', channel: 'web' }]));

  it('are joined over several identifiers, and known though one was only mentioned', () =>
    given(viewed(visitor, '03-01'), linked(visitor, card, '03-02'), linked(card, ann, '03-03')).thenRows(
      Customers,
      [{ customer_id: smallest(visitor, card, ann), identified: true, subjects: 3 }],
    ));

  it('are parted again by an unlink, each as if nothing had joined them', () =>
    given(
      viewed(visitor, '03-01', { channel: 'web' }),
      placed('A-1', ann, '03-05', 'store'),
      linked(visitor, ann, '03-06'),
      unlinked(ann, visitor, '03-07'),
    ).thenRows(Customers, [
      {
        customer_id: subjectIdOf(visitor),
        identified: false,
        subjects: 1,
        channel: 'web',
        converted_at: null,
      },
      { customer_id: subjectIdOf(ann), identified: true, subjects: 1, channel: 'store' },
    ]));

  it('stay apart when a link that was taken back arrives late', () =>
    given(unlinked(ann, bob, '03-07'), linked(ann, bob, '03-06')).thenRows(Customers, [
      { customer_id: subjectIdOf(ann) },
      { customer_id: subjectIdOf(bob) },
    ]));

  it('are never joined with a thing', () =>
    given(viewed(ann, '03-01'), linked(ann, 'product:lamp', '03-02')).thenRows(Customers, [
      { customer_id: subjectIdOf(ann), subjects: 1 },
    ]));

  it('live in the country that they stated last', () =>
    given(
      event('profile.updated', ann, { country: 'AT' }, on('03-02')),
      event('profile.updated', ann, { country: 'DE' }, on('03-01')),
      event('profile.updated', ann, { language: 'de' }, on('03-03')),
    ).thenRows(Customers, [{ country: 'AT' }]));

  it('have profiles of what was stated last, an address as a whole', () =>
    given(
      event('profile.updated', ann, {
        email: 'a@example.org',
        address: { street: 'Hill Road', city: 'Graz' },
      }),
      event('profile.updated', ann, { firstName: 'Ann', address: { city: 'Linz' } }, on('03-02')),
    ).thenRows(Profile, [{ email: 'a@example.org', first_name: 'Ann', city: 'Linz', street: null }]));

  it('give and withdraw consent by purpose', () =>
    given(
      event('consent.changed', ann, { purposes: { marketing: true, research: true } }, on('03-01')),
      event('consent.changed', ann, { purposes: { marketing: false } }, on('03-02')),
    ).thenRows(Consent, [
      { purpose: 'marketing', given: false },
      { purpose: 'research', given: true },
    ]));

  it('show what each channel brought', () =>
    given(
      viewed(ann, '03-01', { channel: 'web' }),
      placed('A-1', ann, '03-03'),
      viewed(visitor, '03-09', { channel: 'web' }),
      placed('B-1', bob, '04-01', 'store'),
    ).thenRows('channel_performance', [
      {
        channel: 'web',
        month: '2026-03-01',
        customers: 2,
        identified: 1,
        converted: 1,
        conversion: 0.5,
        median_days_to_convert: 2,
      },
      { channel: 'store', month: '2026-04-01', customers: 1, converted: 1, median_days_to_convert: 0 },
    ]));

  it('are the same in any order and any batches, with every number, and after a rebuild', async () => {
    const who = [ann, visitor, card, bob];
    const person = fc.constantFrom(...who);
    const day = fc.integer({ min: 1, max: 28 }).map((date) => `03-${String(date).padStart(2, '0')}`);
    const pair = fc.shuffledSubarray(who, { minLength: 2, maxLength: 2 }) as fc.Arbitrary<[string, string]>;
    const told: fc.Arbitrary<GivenEvent> = fc.oneof(
      fc.tuple(pair, day).map(([[one, other], date]) => linked(one, other, date)),
      fc.tuple(pair, day).map(([[one, other], date]) => unlinked(one, other, date)),
      fc.tuple(person, day).map(([of, date]) => viewed(of, date, { channel: `by ${date}` })),
      fc.tuple(fc.constantFrom('A-1', 'A-2'), person, day).map(([...order]) => placed(...order)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(told, { minLength: 1, maxLength: 12 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray(events, { minLength: events.length }),
              fc.integer({ min: 1, max: 5 }),
            ),
          ),
        async ([events, shuffled, batchSize]) => {
          await subject.reset();
          await subject.play({ order: events, batchSize: 1000 });
          const whole = await subject.dump();
          await subject.reset();
          await subject.play({ order: shuffled, batchSize });
          expect(await subject.dump()).toEqual(whole);
          expect(await subject.differences()).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  });
});
