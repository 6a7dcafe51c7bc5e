import { writeFileSync } from 'node:fs';
import {
  gammaGamma,
  histories,
  orderModelOf,
  type Histories,
  type Spend,
  type SpendFit,
  type Fit,
} from '@perennial/lifetime-value';
import { Random } from '@perennial/simulator';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';
import { Lifetimes, type Task } from './lifetimes.bench.js';

/** lifetimes needs minutes for a Pareto/NBD of more. */
const SHARE_OF_PARETO = 0.1;
const DISCOUNT_A_YEAR = 1.008 ** 12 - 1;

interface Population {
  frequency: Int32Array;
  recency: Int32Array;
  age: Int32Array;
  mean: Float64Array;
}

/**
 * Fits and scores beside the Python package lifetimes, in turns: customers a second of processor time. Ours begins
 * with plain columns each time, as a nightly run does.
 */
export async function lifetimeValueFigures({
  customers,
  rounds,
  folder,
  say,
}: Pick<Bench, 'customers' | 'rounds' | 'folder' | 'say'>): Promise<Figure[]> {
  const some = Math.max(1, Math.round(customers * SHARE_OF_PARETO));
  const population = drawn(customers);
  write(population, folder);
  const peer = await Lifetimes.start(folder, some);
  if (typeof peer === 'string') say(`without a peer: ${peer}`);
  const buyers = population.frequency.filter((x) => x > 0).length;
  const tasks = tasksOf(population, some);
  const figures = new Map<Task, Figure>();
  const add = (task: Task, name: string, size: number, atLeast: number) =>
    figures.set(task, {
      name: `${name}, ${size.toLocaleString('en')} customers`,
      unit: 'customers/s',
      ours: [],
      ...(typeof peer !== 'string' && { peer: 'lifetimes', peers: [], target: { atLeast } }),
    });
  add('bg-nbd', 'fit BG/NBD', customers, 20);
  add('gamma-gamma', 'fit Gamma-Gamma', buyers, 20);
  add('pareto-nbd', 'fit Pareto/NBD', some, 20);
  add('score', 'score: alive, orders, worth, 12-month value', customers, 100);
  const sizes: Record<Task, number> = {
    'bg-nbd': customers,
    'gamma-gamma': buyers,
    'pareto-nbd': some,
    score: customers,
  };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [task, figure] of figures) {
        say(`${figure.name}, round ${round + 1}`);
        const { seconds, answer } = processorTime(tasks[task]);
        figure.ours.push(sizes[task] / seconds);
        if (typeof peer === 'string') continue;
        const theirs = await peer.run(task);
        figure.peers!.push(sizes[task] / theirs.seconds);
        agree(task, answer, theirs.answer);
      }
    }
  } finally {
    if (typeof peer !== 'string') peer.stop();
  }
  return [...figures.values()];
}

/**
 * Of one run, in the mean of as many as a second of processor time holds: a tenth of a second of a program that is
 * still being compiled says little. lifetimes.peer.py does the same.
 */
function processorTime<Answer>(work: () => Answer): { seconds: number; answer: Answer } {
  const before = process.cpuUsage();
  for (let runs = 1; ; runs++) {
    const answer = work();
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    if (seconds > 1) return { seconds: seconds / runs, answer };
  }
}

function tasksOf(
  { frequency, recency, age, mean }: Population,
  some: number,
): Record<Task, () => Record<string, number>> {
  const all = (): Histories => histories({ frequency, recency, age });
  const spend: Spend = { orders: frequency, mean };
  const fits: { orders?: Fit; spend?: SpendFit } = {};
  return {
    'bg-nbd': () => (fits.orders = orderModelOf('bg-nbd').fit(all())).parameters,
    'gamma-gamma': () => (fits.spend = gammaGamma.fit(spend)).parameters,
    'pareto-nbd': () =>
      orderModelOf('pareto-nbd').fit(
        histories({
          frequency: frequency.subarray(0, some),
          recency: recency.subarray(0, some),
          age: age.subarray(0, some),
        }),
      ).parameters,
    score: () => {
      const [orders, worth] = [{ ...fits.orders! }, fits.spend!];
      const model = orderModelOf('bg-nbd');
      const customers = all();
      const alive = model.probabilityAlive(orders, customers);
      const expected = model.expectedOrders(orders, customers, 364);
      const discounted = model.discountedOrders(orders, customers, {
        annualDiscountRate: DISCOUNT_A_YEAR,
        horizonDays: 365,
      });
      const perOrder = gammaGamma.expectedSpend(worth, spend);
      const value = new Float64Array(discounted.length);
      for (let row = 0; row < value.length; row++) value[row] = discounted[row]! * perOrder[row]!;
      return {
        alive: meanOf(alive),
        orders: meanOf(expected),
        worth: meanOf(perOrder),
        value: meanOf(value),
      };
    },
  };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return sum / values.length;
}

/** How far the two may be apart; lifetimes stops its search early, and discounts by months. */
const TOLERANCE: Record<Task, number> = {
  'bg-nbd': 0.02,
  'gamma-gamma': 0.02,
  'pareto-nbd': 0.2,
  score: 0.05,
};

/** A comparison of speed is one only of the same results. */
function agree(task: Task, ours: Record<string, number>, theirs: Record<string, number>): void {
  for (const [name, value] of Object.entries(ours)) {
    const other = theirs[name];
    if (other !== undefined && !(Math.abs(value / other - 1) < TOLERANCE[task])) {
      throw new Error(`${task}: ${name} is ${value}, and lifetimes says ${other}.`);
    }
  }
}

/** Customers of the BG/NBD and Gamma-Gamma that Fader and Hardie fitted to CDNOW, 27 to 39 weeks old. */
function drawn(customers: number): Population {
  const random = new Random('lifetime-value');
  const population: Population = {
    frequency: new Int32Array(customers),
    recency: new Int32Array(customers),
    age: new Int32Array(customers),
    mean: new Float64Array(customers),
  };
  for (let row = 0; row < customers; row++) {
    const rate = random.gamma(0.243, 0.243 / 4.414 / 7);
    const going = random.beta(0.793, 2.426);
    const age = random.integer(188, 272);
    let [day, last, orders] = [0, 0, 0];
    for (;;) {
      day += random.exponential(1 / rate);
      if (!(day < age)) break;
      if (Math.ceil(day) > last) orders++;
      last = Math.ceil(day);
      if (random.chance(going)) break;
    }
    population.frequency[row] = orders;
    population.recency[row] = last;
    population.age[row] = age;
    if (orders > 0) {
      const scale = random.gamma(3.74, 3.74) / 15.44;
      population.mean[row] = random.gamma(6.25 * orders, 6.25) / scale;
    }
  }
  return population;
}

function write({ frequency, recency, age, mean }: Population, folder: string): void {
  const columns = {
    frequency: Float64Array.from(frequency),
    recency: Float64Array.from(recency, (days) => days / 7),
    age: Float64Array.from(age, (days) => days / 7),
    spend: mean,
  };
  for (const [name, column] of Object.entries(columns)) {
    writeFileSync(
      `${folder}/${name}.f64`,
      new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
    );
  }
}
