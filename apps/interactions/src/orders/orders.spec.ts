import {
  cancelled,
  event,
  givenReadModels,
  merged,
  ordered,
  returned,
  subjectIdOf,
} from '@perennial/testing';
import { interactions } from '../interactions.read-models.js';
import { Order } from './order.facts.js';
import { Shipment } from './shipment.facts.js';

const [ann, card] = ['user:ann', 'card:77'];
const [monday, tuesday, wednesday] = ['02', '03', '04'].map((day) => `2026-03-${day}T12:00:00.000Z`);
const dispatched = (subject: string, promisedAt?: string, orderId = 'A-1') =>
  event(
    'shipment.dispatched',
    subject,
    { shipmentId: 'S-1', orderId, carrier: 'Post', promisedAt },
    { time: monday },
  );
const delivered = (subject: string, time?: string) =>
  event('shipment.delivered', subject, { shipmentId: 'S-1', orderId: 'A-1' }, { time });
const failed = (subject: string, time?: string) =>
  event('shipment.failed', subject, { shipmentId: 'S-1', orderId: 'A-1' }, { time });

describe('An order', () => {
  const { given } = givenReadModels(interactions);

  it('tells what became of it', () =>
    given(ordered('A-1', ann, 'lamp'), cancelled('A-1', ann), returned('A-1', ann)).thenRows(Order, [
      {
        order_id: 'A-1',
        placed_at: '2026-03-01T12:00:00+00:00',
        cancelled_at: '2026-03-01T14:00:00+00:00',
        returned_at: '2026-03-09T12:00:00+00:00',
      },
    ]));

  it('is not made up for a return of something unknown', () =>
    given(returned(undefined, ann)).thenNoRow(Order));

  it('is delivered by the time that was promised, or late', async () => {
    await given(dispatched(ann, wednesday), delivered(ann, tuesday)).thenRows(Shipment, [
      { carrier: 'Post', delivered_at: '2026-03-03T12:00:00+00:00', late: false },
    ]);
    await given(dispatched(ann, '2026-03-03T12:00:00+01:00'), delivered(ann, tuesday)).thenRows(Shipment, [
      { promised_at: '2026-03-03T11:00:00+00:00', late: true },
    ]);
    await given(dispatched(ann), delivered(ann, tuesday)).thenRows(Shipment, [{ late: null }]);
  });

  it('counts the attempts that failed', () =>
    given(failed(ann, monday), failed(ann, tuesday), delivered(ann, wednesday)).thenRows(Shipment, [
      { failures: 2, failed_at: '2026-03-03T12:00:00+00:00', delivered_at: '2026-03-04T12:00:00+00:00' },
    ]));

  it('meets its shipment, though another identifier of the customer got it', () =>
    given(ordered('A-1', ann, 'lamp'), dispatched(card, '2020-01-01T00:00:00Z'), merged(ann, card)).thenRows(
      'delivery',
      [{ customer_id: subjectIdOf(ann), order_id: 'A-1', shipment_id: 'S-1', late: null, overdue: true }],
    ));

  it('is overdue neither when it has arrived, nor when it was cancelled, nor before its time', async () => {
    await given(dispatched(ann, wednesday), delivered(ann, wednesday)).thenRows('delivery', [
      { placed_at: null, overdue: false },
    ]);
    await given(ordered('A-1', ann, 'lamp'), cancelled('A-1', ann), dispatched(ann, wednesday)).thenRows(
      'delivery',
      [{ overdue: false }],
    );
    await given(dispatched(ann, '2999-01-01T00:00:00Z')).thenRows('delivery', [{ overdue: false }]);
  });

  it('has a row of its own while nothing was sent', () =>
    given(ordered('A-1', ann, 'lamp')).thenRows('delivery', [{ order_id: 'A-1', shipment_id: null }]));
});
