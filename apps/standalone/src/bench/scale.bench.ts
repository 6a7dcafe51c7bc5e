import { randomBytes } from 'node:crypto';
import { migrateJournal, openJournal, type Append, type Journal } from '@perennial/journal';
import { migrateVault, Vault } from '@perennial/privacy';
import { batches, type SimulatedEvent } from '@perennial/simulator';
import type { Bench } from './bench.bench.js';
import { appendsOf, companyEvents, fill } from './company.bench.js';
import type { Figure } from './figures.bench.js';
import { SERVICES, ServiceUnderBench } from './service.bench.js';
import { seconds, Stopwatch } from './stopwatch.bench.js';

/** Events measured at a time, when the journal has reached a size. */
const SLICE = 100_000;

type Rates = Map<string, number[]>;
/** What the time of a service goes to, by the name of its figure. */
type Watches = Map<string, Stopwatch>;

function* take<Item>(items: Iterator<Item>, count: number): Generator<Item> {
  for (let taken = 0; taken < count; taken++) {
    const next = items.next();
    if (next.done) return;
    yield next.value;
  }
}

/**
 * What one more event costs when there are few, and when there are many: appending it, and applying it to each
 * service's tables. One company throughout, in the sequence of time, so that what comes late is about customers known for long.
 */
export async function scaleFigures(bench: Bench): Promise<Figure[]> {
  const { server, rounds, say, sizes } = bench;
  const url = await server.database('scale');
  await migrateVault(url);
  await migrateJournal(url);
  const vault = await Vault.open(url, { masterKey: randomBytes(32).toString('base64') });
  const journal = await openJournal(url);
  const company = companyEvents(sizes[1] + sizes.length * rounds * SLICE);
  const services: ServiceUnderBench[] = [];
  for (const definition of SERVICES.filter(({ schema }) => bench.services.has(schema)))
    services.push(await ServiceUnderBench.open(definition, { journalUrl: url, url, vault }));
  const bySize: Rates[] = [];
  const watches: Watches = new Map();
  let appended = 0;
  for (const size of sizes) {
    say(`growing to ${size.toLocaleString('en')} events`);
    await fill(journal, vault, take(company, size - appended));
    for (const service of services) await service.rebuild(new Stopwatch());
    const rates: Rates = new Map();
    watches.clear();
    for (let round = 0; round < rounds; round++) {
      say(`measuring at ${size.toLocaleString('en')}, round ${round + 1} of ${rounds}`);
      await measure(journal, vault, services, take(company, SLICE), rates, watches);
    }
    appended = size + rounds * SLICE;
    bySize.push(rates);
  }
  for (const service of services) await service.close();
  await journal.close();
  await vault.close();
  await server.drop('scale');
  const [small, large] = bySize as [Rates, Rates];
  return [...large].map(([name, ours]) => ({
    name: `${name}, at ${sizes[1].toLocaleString('en')}`,
    unit: 'events/s',
    ours,
    peer: `at ${sizes[0].toLocaleString('en')}`,
    peers: small.get(name),
    target: { atLeast: 0.83 },
    profile: watches.get(name)?.shares(),
  }));
}

async function measure(
  journal: Journal,
  vault: Vault,
  services: readonly ServiceUnderBench[],
  events: Iterable<SimulatedEvent>,
  rates: Rates,
  watches: Watches,
): Promise<void> {
  const note = (name: string, taken: number) => rates.set(name, [...(rates.get(name) ?? []), SLICE / taken]);
  const prepared: Append[][] = [];
  for (const batch of batches(events, 1_000)) prepared.push(await appendsOf(vault, batch));
  note(
    'append, batches of 1,000',
    await seconds(async () => {
      for (const appends of prepared) await journal.appendMany(appends);
    }),
  );
  for (const service of services) {
    const name = `${service.models.schema}, live`;
    const watch = watches.get(name) ?? new Stopwatch();
    watches.set(name, watch);
    note(name, await service.project(watch));
  }
}
