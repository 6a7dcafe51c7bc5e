import { ask } from './asking.mjs';
import { element, empty, table } from './elements.mjs';
import { dayName } from './format.mjs';

const SHOWN = 8;

/** The newest customers, each with what happened last. */
export async function askNewest() {
  const { items } = await ask(`/api/acquisition/customers?limit=${SHOWN}`);
  return Promise.all(
    items.map(async (customer) => ({
      ...customer,
      // Interactions may be away; who came is worth showing without what they did.
      latest: await ask(`/api/interactions/customers/${customer.customerId}/timeline?limit=1`).then(
        (page) => page.items[0],
        () => undefined,
      ),
    })),
  );
}

export function newest({ newest: customers }) {
  if (customers.length === 0) return empty('Nobody yet. Send an event: see “What to try next”.');
  return table(
    'The customers who came last',
    [{ title: 'Customer' }, { title: 'Came' }, { title: 'By' }, { title: 'Last' }],
    customers.map(({ customerId, identified, firstSeenAt, channel, latest }) => [
      element(
        'span',
        { title: customerId, class: 'whole' },
        element('code', {}, customerId.slice(0, 8)),
        ' ',
        identified && element('span', { class: 'tag' }, 'identified'),
      ),
      element('span', { class: 'whole' }, firstSeenAt ? dayName(firstSeenAt) : ''),
      channel ?? '',
      latest?.summary ?? latest?.type ?? '',
    ]),
  );
}
