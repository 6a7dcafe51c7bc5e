import { element, empty, table } from './elements.mjs';
import { number, share } from './format.mjs';

const MOST = 9;

/** Channels with their customers, whatever the months, the largest first. */
export function byChannel(rows) {
  return [...Map.groupBy(rows, ({ channel }) => channel ?? 'unknown')]
    .map(([channel, of]) => {
      const sum = (field) => of.reduce((all, row) => all + Number(row[field] ?? 0), 0);
      return {
        channel,
        customers: sum('customers'),
        identified: sum('identified'),
        converted: sum('converted'),
      };
    })
    .sort((one, other) => other.customers - one.customers);
}

export function channels({ channels: all }) {
  if (all.length === 0) return empty('No customer has come by a known way yet.');
  const largest = all[0].customers;
  return table(
    'Customers by the channel of their first touch',
    [{ title: 'First touch' }, { title: 'Customers', amount: true }, { title: 'Buy', amount: true }],
    all.slice(0, MOST).map(({ channel, customers, converted }) => [
      element(
        'span',
        {},
        channel,
        element('span', {
          class: 'bar',
          '--part': `${(100 * customers) / largest}%`,
          'aria-hidden': 'true',
        }),
      ),
      number(customers),
      customers ? share(converted / customers) : '',
    ]),
  );
}
