import { DEFAULT_ASSUMPTIONS, Fitter, holdoutOf, type FitBasis } from '@perennial/retention';
import { Random } from '@perennial/simulator';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';

type Statistics = FitBasis['statistics'];

/** Since 1970, and the same as a date; the holdout is the last year of three. */
const TODAY = 20_454;
const AS_OF = '2026-01-01';
const HELD = 365;
const OLDEST = 1_095;

/** How often it is asked whether the service could do something else. */
const LOOK_EVERY = 5;

/**
 * A fit as the retention service makes it each week: three models compared on a year that they have not seen, beside
 * naive rules; the best fitted to all orders; and what an order is worth. And how long nothing else could be done.
 */
export async function fitFigures({ customers, rounds, say }: Bench): Promise<Figure[]> {
  say(`making ${customers.toLocaleString('en')} customers`);
  const population = drawn(customers);
  const [taken, silent]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    say(`fitting models to them, round ${round + 1} of ${rounds}`);
    // Columns are given to the thread that fits.
    const basis = structuredClone(population);
    const began = performance.now();
    let [last, longest] = [began, 0];
    const look = setInterval(() => {
      longest = Math.max(longest, performance.now() - last - LOOK_EVERY);
      last = performance.now();
    }, LOOK_EVERY);
    await new Fitter().fit(basis);
    clearInterval(look);
    taken.push(performance.now() - began);
    silent.push(longest);
  }
  return [
    {
      name: `models fitted anew, ${customers.toLocaleString('en')} customers, in a thread`,
      unit: 'ms',
      ours: taken,
    },
    { name: 'longest time in which the service could do nothing else', unit: 'ms', ours: silent },
  ];
}

/** Customers of a Pareto/NBD: rates of orders and of leaving vary among them. */
function drawn(customers: number): FitBasis {
  const random = new Random('fit');
  const [all, before] = [statistics(customers), statistics(customers)];
  let known = 0;
  for (let row = 0; row < customers; row++) {
    const rate = random.gamma(0.55, 0.55 / 74);
    const first = TODAY - random.integer(1, OLDEST);
    const end = Math.min(TODAY, first + random.exponential(1 / random.gamma(0.6, 0.6 / 82)));
    const worth = 10 + 60 * random.uniform();
    let [day, last, orders] = [first, first, 1];
    let [lastBefore, ordersBefore] = [first, 1];
    for (;;) {
      day += random.exponential(1 / rate);
      if (!(day < end)) break;
      if (Math.ceil(day) > last) orders++;
      last = Math.ceil(day);
      if (last <= TODAY - HELD) [lastBefore, ordersBefore] = [last, orders];
    }
    put(all, row, row, first, last, orders, worth * orders);
    if (first <= TODAY - HELD)
      put(before, known++, row, first, lastBefore, ordersBefore, worth * ordersBefore);
  }
  return {
    statistics: all,
    holdout: holdoutOf(part(before, known), all, '2025-01-01', AS_OF)!,
    day: TODAY,
    asOf: AS_OF,
    reason: 'schedule',
    version: 2,
    assumptions: DEFAULT_ASSUMPTIONS,
    currency: 'EUR',
  };
}

const statistics = (size: number) => ({
  size,
  customerId: Buffer.alloc(16 * size),
  firstDay: new Int32Array(size),
  lastDay: new Int32Array(size),
  orderDays: new Int32Array(size),
  value: new Float64Array(size),
  announced: new Int8Array(size),
});

function put(
  { customerId, firstDay, lastDay, orderDays, value }: ReturnType<typeof statistics>,
  row: number,
  id: number,
  ...[first, last, orders, worth]: [number, number, number, number]
): void {
  customerId.writeUInt32BE(id, row * 16);
  firstDay[row] = first;
  lastDay[row] = last;
  orderDays[row] = orders;
  value[row] = worth;
}

const part = (of: ReturnType<typeof statistics>, size: number): Statistics => ({
  size,
  customerId: of.customerId.subarray(0, 16 * size),
  firstDay: of.firstDay.slice(0, size),
  lastDay: of.lastDay.slice(0, size),
  orderDays: of.orderDays.slice(0, size),
  value: of.value.slice(0, size),
  announced: of.announced.slice(0, size),
});
