import { randomUUID } from 'node:crypto';
import { PostgresJournal, type NewEvent } from '@perennial/journal';
import type { World } from '../fault.js';

/** An order of nobody in particular, as the journal keeps it: nothing in it is personal. */
export const orderNumber = (orderId: string, dataVersion = 1): NewEvent => ({
  eventId: randomUUID(),
  type: 'order.placed',
  dataVersion,
  time: '2026-10-01T12:00:00.000Z',
  source: '/faults',
  id: orderId,
  subject: 'session:faults',
  data: JSON.stringify({
    orderId,
    total: { amount: '10.00', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.00', currency: 'EUR' } }],
  }),
});

/** Puts orders into the journal past the door, spread over the shards. */
export async function ordersPut({ system, expected }: World, count: number): Promise<void> {
  const journal = new PostgresJournal(system.journalUrl);
  try {
    const subjects = Array.from({ length: Math.ceil(count / 6) }, () => randomUUID());
    for (let index = 0; index < count; index++)
      await journal.append(subjects[index % subjects.length]!, 'any', [orderNumber(randomUUID())]);
  } finally {
    await journal.close();
  }
  expected.others = (expected.others ?? 0) + count;
  expected.orders = (expected.orders ?? 0) + count;
}
