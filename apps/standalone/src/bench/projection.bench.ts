import { randomBytes } from 'node:crypto';
import { migrateJournal, openJournal } from '@perennial/journal';
import { migrateVault, Vault } from '@perennial/privacy';
import type { Bench } from './bench.bench.js';
import { companyEvents, fill } from './company.bench.js';
import type { Figure } from './figures.bench.js';
import { SERVICES, ServiceUnderBench } from './service.bench.js';
import { Stopwatch } from './stopwatch.bench.js';
import { copyTime } from './table-copy.bench.js';

/** Rates of one service, a number a round. */
interface Measured {
  projected: number[];
  rebuilt: number[];
  copied: number[];
  projecting: Stopwatch;
  rebuilding: Stopwatch;
}

const measured = (): Measured => ({
  projected: [],
  rebuilt: [],
  copied: [],
  projecting: new Stopwatch(),
  rebuilding: new Stopwatch(),
});

/** Each service's tables kept live from a filled journal and rebuilt from it, beside COPY of the very rows that they then hold. */
export async function projectionFigures(bench: Bench): Promise<Figure[]> {
  const { server, events, rounds, services, say } = bench;
  const vaultUrl = await server.database('vault');
  await migrateVault(vaultUrl);
  const vault = await Vault.open(vaultUrl, { masterKey: randomBytes(32).toString('base64') });
  const filledUrl = await server.database('filled');
  await migrateJournal(filledUrl);
  const journal = await openJournal(filledUrl);
  say(`filling a journal with ${events.toLocaleString('en')} events`);
  await fill(journal, vault, companyEvents(events));
  await journal.close();

  const definitions = SERVICES.filter(({ schema }) => services.has(schema));
  const all = new Map(definitions.map((definition) => [definition.schema, measured()]));
  for (let round = 0; round < rounds; round++) {
    // Acquisition, the first, adds its decisions to the journal: each round begins without them.
    const journalUrl = await server.database('journal', 'filled');
    for (const definition of definitions) {
      say(`${definition.schema}, round ${round + 1} of ${rounds}`);
      const url = await server.database('service');
      const service = await ServiceUnderBench.open(definition, { journalUrl, url, vault });
      await measure(service, url, all.get(definition.schema)!, bench);
      await service.close();
      await server.drop('service');
    }
    await server.drop('journal');
  }
  await vault.close();
  for (const name of ['vault', 'filled']) await server.drop(name);
  return [...all].flatMap(([schema, of]) => figuresOf(schema, of));
}

async function measure(
  service: ServiceUnderBench,
  url: string,
  { projected, rebuilt, copied, projecting, rebuilding }: Measured,
  { events, folder }: Bench,
): Promise<void> {
  projected.push(events / (await service.project(projecting)));
  copied.push(events / (await copyTime(url, service.tables, folder)));
  rebuilt.push(events / (await service.rebuild(rebuilding)));
}

function figuresOf(schema: string, of: Measured): Figure[] {
  const beside = { unit: 'events/s', peer: 'COPY', peers: of.copied };
  return [
    {
      ...beside,
      name: `${schema}, live`,
      ours: of.projected,
      target: { atLeast: 0.4 },
      profile: of.projecting.shares(),
    },
    {
      ...beside,
      name: `${schema}, rebuild`,
      ours: of.rebuilt,
      target: { atLeast: 0.7 },
      profile: of.rebuilding.shares(),
    },
  ];
}
