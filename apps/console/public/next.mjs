import { element } from './elements.mjs';

const services = ['collector', 'acquisition', 'interactions', 'retention', 'recommendations'];

const order = (now) => ({
  specversion: '1.0',
  id: `try-${now.getTime()}`,
  source: '/trying/out',
  type: 'order.placed',
  subject: 'user:me',
  time: now.toISOString(),
  data: {
    orderId: `TRY-${now.getTime()}`,
    total: { amount: '29.90', currency: 'EUR' },
    lines: [{ sku: 'desk-lamp', quantity: 1, price: { amount: '29.90', currency: 'EUR' } }],
  },
});

/** A command with a button that copies it. */
function step(title, command) {
  const copied = element('span', { class: 'unseen', role: 'status' });
  const button = element(
    'button',
    {
      type: 'button',
      'aria-label': `Copy: ${title}`,
      onclick: async () => {
        await navigator.clipboard.writeText(command);
        button.textContent = 'Copied';
        copied.textContent = 'Copied';
        setTimeout(() => {
          button.textContent = 'Copy';
          copied.textContent = '';
        }, 2000);
      },
    },
    'Copy',
  );
  return element(
    'section',
    {},
    element('h3', {}, title),
    element(
      'div',
      { class: 'command' },
      element('pre', { tabindex: 0 }, element('code', {}, command)),
      button,
      copied,
    ),
  );
}

export function next({ analystUrl, customerId, origin, now }) {
  const body = JSON.stringify(order(now), null, 1).replaceAll(/\n\s*/g, ' ');
  return element(
    'div',
    { class: 'steps' },
    step(
      'Send an event',
      `curl ${origin}/events -H 'content-type: application/cloudevents+json' -d '${body}'`,
    ),
    step('Import your own orders', 'npx perennial import orders.csv --mapping mapping.json'),
    step('Read one customer’s story', `npx perennial customer show ${customerId ?? 'user:me'}`),
    analystUrl &&
      step('Ask with SQL', `psql '${analystUrl}' -c 'select * from retention.purchases limit 10'`),
    step('Compute every number again, and compare', 'npx perennial verify'),
    element(
      'section',
      {},
      element('h3', {}, 'Read the APIs'),
      element(
        'ul',
        { class: 'links' },
        ...services.map((name) =>
          element('li', {}, element('a', { href: `/api/${name}/openapi.json` }, name)),
        ),
      ),
    ),
  );
}
