import { journalBench, singleEventsBench } from '@perennial/journal';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';

/** Appending to the journal, many events at a time and one by one. */
export async function appendFigures({ server, events, rounds }: Bench): Promise<Figure[]> {
  const url = await server.database('append');
  const figures: Figure[] = [];
  for (const batch of [1_000, 10_000]) {
    const measured = await journalBench(url, { events: Math.min(events, 100_000), batch, rounds });
    figures.push(
      {
        name: `append, batches of ${batch.toLocaleString('en')}`,
        unit: 'events/s',
        ours: measured.append,
        peer: 'COPY',
        peers: measured.copy,
        target: { atLeast: 0.8 },
      },
      {
        name: `the same, two batches under way`,
        unit: 'events/s',
        ours: measured.pipelined,
        peer: 'COPY',
        peers: measured.copy,
      },
    );
  }
  const single = await singleEventsBench(url, { events: 10_000, callers: 256, connections: 16, rounds });
  figures.push({
    name: 'append, single events of 256 callers',
    unit: 'events/s',
    ours: single.append,
    peer: 'INSERT on 16 connections',
    peers: single.insert,
    target: { atLeast: 2.5 },
  });
  await server.drop('append');
  return figures;
}
