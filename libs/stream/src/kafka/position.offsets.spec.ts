import fc from 'fast-check';
import { offsetsAfter } from './position.offsets.js';
import type { TopicReader } from './topic.reader.js';

/** A partition whose records carry these positions, the first at offset `low`. */
const partition = (positions: number[], low = 0) =>
  ({
    bounds: async () => new Map([[0, { low, high: low + positions.length }]]),
    records: async (offsets: ReadonlyMap<number, number>) => {
      const offset = offsets.get(0)!;
      const position = positions[offset - low];
      if (position === undefined) return new Map();
      return new Map([[0, { offset: String(offset), headers: { position: Buffer.from(String(position)) } }]]);
    },
  }) as unknown as TopicReader;

const after = async (position: number, positions: number[], low = 0) =>
  (await offsetsAfter(partition(positions, low), new Map([[0, position]]))).get(0);
const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

it('is the position itself in a topic that nobody disturbed', async () => {
  expect(await after(0, from(1, 100))).toBe(0);
  expect(await after(41, from(1, 100))).toBe(41);
  expect(await after(100, from(1, 100))).toBe(100);
});

it('is found though the oldest records are gone, or the topic began later', async () => {
  expect(await after(941, from(901, 100), 900)).toBe(941);
  expect(await after(941, from(901, 100), 0)).toBe(41);
});

it('is the first record that there is when the next event is missing', async () => {
  expect(await after(500, from(901, 100), 900)).toBe(900);
});

it('is the end when the topic has not come so far', async () => {
  expect(await after(1_000, from(1, 100))).toBe(100);
  expect(await after(1_000, [])).toBe(0);
});

it('never passes over the next event, whatever was lost before or is there twice', async () => {
  const piece = fc.record({
    skipped: fc.nat(30),
    count: fc.integer({ min: 1, max: 60 }),
    repeats: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.nat(400),
      fc.nat(50),
      async (pieces, wanted, low) => {
        let next = 1;
        const positions = pieces.flatMap(({ skipped, count, repeats }) => {
          const run = from(next + skipped, count);
          next += skipped + count;
          return Array.from({ length: repeats }, () => run).flat();
        });
        const offset = (await after(wanted, positions, low))!;
        const first = positions.indexOf(wanted + 1);
        // Where the next event is missing, reading begins at the latest with the one that shows that it is.
        const latest =
          first >= 0
            ? positions.lastIndexOf(wanted + 1)
            : positions.findIndex((position) => position > wanted);
        expect(offset).toBeGreaterThanOrEqual(low);
        if (latest >= 0) expect(offset - low).toBeLessThanOrEqual(latest);
      },
    ),
    { numRuns: 500 },
  );
});
