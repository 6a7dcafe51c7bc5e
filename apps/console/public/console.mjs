import { ask, rememberToken } from './asking.mjs';
import { byChannel, channels } from './channels.mjs';
import { cohorts } from './cohorts.mjs';
import { element } from './elements.mjs';
import { figures } from './figures.mjs';
import { readModels, services } from './freshness.mjs';
import { number } from './format.mjs';
import { askNewest, newest } from './newest.mjs';
import { next } from './next.mjs';
import { revenue } from './revenue.mjs';
import { askTogether, together } from './together.mjs';

/** How often it is asked how the system stands. */
const TICK = 2_000;
/** What costs more to answer is asked when something has changed, and at least so often. */
const REFRESH = 30_000;

/** What the services have told so far: absent before the first answer, and while a service is away. */
const known = {};
const loaded = new Date();
let search = '';
let asked = 0;
let seen = '';
let incomplete = true;

const find = (id) => document.getElementById(id);

/** Shows a panel's new content, unless it is what is there already: a selection or a focus stays. */
function show(id, nodes) {
  const place = id === 'figures' ? find(id) : find(id).querySelector('.content');
  const fresh = element('div', {}, ...[nodes].flat());
  if (place.shown === fresh.innerHTML) return;
  place.shown = fresh.innerHTML;
  place.replaceChildren(...fresh.childNodes);
}

/** Asks, and draws the panels that show the answer; a service that is away spoils no other's panel. */
async function panel(ids, question, draw) {
  try {
    const answer = await question();
    for (const id of ids) show(id, draw(answer, id));
  } catch (problem) {
    incomplete = true;
    if (problem.status === 401) find('sign-in').hidden = false;
    if (problem.status === undefined && problem.name !== 'Error') console.error(problem);
    for (const id of ids) show(id, element('p', { class: 'away' }, problem.message));
  }
}

const retention = () =>
  panel(
    ['revenue', 'cohorts'],
    async () => {
      known.summary = undefined;
      const all = await ask('/api/retention/summary');
      // Amounts of several currencies can't be added: the page shows the one with most orders.
      const main = all.toSorted((one, other) => other.orders - one.orders)[0];
      known.summary = main ?? { currency: 'EUR', orders: 0, customers: 0, revenue: '0', refunded: '0' };
      const { currency, lastOrderAt } = known.summary;
      const rows = main ? await ask(`/api/retention/cohorts?currency=${currency}`) : [];
      return { cohorts: rows, currency, lastOrderAt };
    },
    (answer, id) => (id === 'revenue' ? revenue(answer) : cohorts(answer)),
  );

const acquisition = () =>
  panel(
    ['channels'],
    async () => {
      known.channels = undefined;
      const answer = await ask('/api/acquisition/channels');
      known.channels = byChannel(Array.isArray(answer) ? answer : answer.items);
      return { channels: known.channels };
    },
    channels,
  );

const recommendations = () =>
  panel(['together'], async () => ({ together: await askTogether(search), search }), together);

const newcomers = () =>
  panel(
    ['newest'],
    async () => {
      const customers = await askNewest();
      known.customerId = customers[0]?.customerId;
      return { newest: customers };
    },
    newest,
  );

function live(state, words) {
  const place = find('live');
  place.dataset.state = state;
  if (place.textContent !== words) place.textContent = words;
}

async function standing() {
  await panel(
    ['freshness', 'read-models'],
    async () => {
      known.status = undefined;
      known.status = await ask('/api/operations/status?maxAge=4');
      return known;
    },
    ({ status }, id) => (id === 'freshness' ? services(status) : readModels(status)),
  );
  const { status } = known;
  if (status) find('simulated').hidden = !status.sources?.some((source) => source.startsWith('/simulated/'));
  if (!status) return live('away', 'No answer');
  const lag = Math.max(0, ...status.readModels.map((model) => model.lag));
  const problem = Object.keys(status.problems ?? {})[0];
  if (problem) live('away', `${problem} has stopped: see its log`);
  else if (lag > 0) live('busy', `Reading ${number(lag)} events`);
  else live('live', 'Up to date');
}

async function tick() {
  await standing();
  const stamp = JSON.stringify([
    known.status?.events,
    known.status?.readModels.map((model) => model.updatedAt),
  ]);
  if (stamp !== seen || incomplete || Date.now() - asked > REFRESH) {
    [seen, asked, incomplete] = [stamp, Date.now(), false];
    await Promise.all([retention(), acquisition(), recommendations(), newcomers()]);
  }
  show('figures', figures(known));
  const { customerId, status } = known;
  show('next', next({ analystUrl: status?.analystUrl, customerId, origin: location.origin, now: loaded }));
}

/** Ticks as long as somebody looks. */
async function watch() {
  for (;;) {
    if (!document.hidden) await tick();
    await new Promise((resume) => {
      wake = resume;
      setTimeout(resume, TICK);
    });
  }
}

/** Ends the wait for the next tick. */
let wake = () => undefined;
document.addEventListener('visibilitychange', () => wake());

let typing;
find('together')
  .querySelector('input')
  .addEventListener('input', ({ target }) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      search = target.value.trim();
      void recommendations();
    }, 250);
  });

find('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  rememberToken(find('token').value);
  find('sign-in').hidden = true;
  incomplete = true;
  wake();
});

void watch();
