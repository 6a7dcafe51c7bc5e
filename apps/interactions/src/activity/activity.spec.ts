import { cancelled, event, givenReadModels, merged, ordered, subjectIdOf } from '@perennial/testing';
import { interactions } from '../interactions.read-models.js';
import { Activity } from './activity.derived.js';
import { ContactDay } from './contact-day.facts.js';

const [ann, card, bob] = ['user:ann', 'card:77', 'user:bob'];
const saw = (subject: string, time: string) => event('page.viewed', subject, { path: '/' }, { time });
const asked = (subject: string, channel: string, time: string) =>
  event('inquiry.received', subject, { channel }, { time });

describe('The activity of a customer', () => {
  const { given } = givenReadModels(interactions);

  it('is counted by day and channel', () =>
    given(
      saw(ann, '2026-03-01T00:00:00.000Z'),
      saw(ann, '2026-03-01T23:59:59.999Z'),
      saw(ann, '2026-03-02T00:00:00.000Z'),
      event('cart.viewed', ann, {}),
    ).thenRows(ContactDay, [
      { day: '2026-03-01', channel: 'web', interactions: 2, first_at: '2026-03-01T00:00:00+00:00' },
      { day: '2026-03-01', channel: 'unspecified', interactions: 1 },
      { day: '2026-03-02', channel: 'web', interactions: 1 },
    ]));

  it('is what the customer does, and not what we do', () =>
    given(event('shipment.delivered', ann, { shipmentId: 'S', orderId: 'A' })).thenNoRow(Activity));

  it('is one over channels, visits, orders and identifiers', () =>
    given(
      saw(ann, '2026-03-01T11:50:00.000Z'),
      ordered('A-1', ann, 'lamp'),
      ordered('A-2', ann, 'lamp'),
      cancelled('A-2', ann),
      saw(ann, '2026-03-02T08:00:00.000Z'),
      asked(card, 'phone', '2026-02-20T08:00:00.000Z'),
      asked(card, 'phone', '2026-03-02T09:00:00.000Z'),
      merged(ann, card),
    ).thenRows(Activity, [
      {
        customer_id: subjectIdOf(ann),
        first_seen_at: '2026-02-20T08:00:00+00:00',
        last_seen_at: '2026-03-02T09:00:00+00:00',
        active_days: 3,
        interactions: 7,
        by_channel: { web: 2, phone: 2, unspecified: 3 },
        main_channel: 'phone',
        sessions: 2,
        converted_sessions: 1,
        last_session_at: '2026-03-02T08:00:00+00:00',
        orders: 1,
        last_order_at: '2026-03-01T12:00:00+00:00',
      },
    ]));

  it('by day counts a customer once, under however many identifiers', () =>
    given(
      asked(ann, 'phone', '2026-03-01T08:00:00.000Z'),
      asked(card, 'phone', '2026-03-01T09:00:00.000Z'),
      asked(bob, 'phone', '2026-03-01T10:00:00.000Z'),
      merged(ann, card),
    ).thenRows('daily_activity', [{ day: '2026-03-01', channel: 'phone', customers: 2, interactions: 3 }]));
});
