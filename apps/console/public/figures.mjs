import { element } from './elements.mjs';
import { money, number, share } from './format.mjs';

const UNKNOWN = '–';

const figure = (title, value, detail = '\u00a0') =>
  element(
    'dl',
    { class: 'figure' },
    element('dt', {}, title),
    element('dd', { class: 'number' }, value),
    element('dd', { class: 'detail' }, detail),
  );

/** Events, customers, orders, revenue, rejected. What its service does not tell just now is a dash. */
export const figures = ({ status, summary, channels }) => [
  figure('Events', status ? number(status.events) : UNKNOWN, 'in the journal'),
  customers(status, channels),
  ...orders(summary),
  figure(
    'Rejected',
    status ? number(status.rejected) : UNKNOWN,
    status?.rejected ? 'waiting for a correction' : 'nothing was turned away',
  ),
];

function customers(status, channels) {
  const identified = channels?.reduce((sum, channel) => sum + channel.identified, 0);
  return figure(
    'Customers',
    status ? number(status.customers) : UNKNOWN,
    status && identified !== undefined
      ? `${number(identified)} identified, ${number(Math.max(0, status.customers - identified))} anonymous`
      : undefined,
  );
}

function orders(summary) {
  if (!summary) return [figure('Orders', UNKNOWN), figure('Revenue', UNKNOWN)];
  const back = Number(summary.refunded) / Number(summary.revenue);
  return [
    figure('Orders', number(summary.orders), `by ${number(summary.customers)} customers`),
    figure(
      'Revenue',
      money(summary.revenue, summary.currency),
      back > 0 ? `${share(back)} of it paid back` : undefined,
    ),
  ];
}
