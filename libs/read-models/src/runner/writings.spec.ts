import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { Writings } from './writings.js';

describe('writings', () => {
  it('are several at a time, never two of one shard, and those of a shard in the order in which they came', async () => {
    const batches = fc.array(
      fc.record({
        shards: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
        turns: fc.integer({ min: 0, max: 6 }),
      }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 3 }), async (given, most) => {
        const writings = new Writings();
        const underWay = new Set<number>();
        const ended: number[] = [];
        for (const [number, { shards, turns }] of given.entries())
          await writings.add(shards, most, async () => {
            for (const other of underWay)
              expect(given[other]!.shards.filter((shard) => shards.includes(shard))).toEqual([]);
            underWay.add(number);
            expect(underWay.size).toBeLessThanOrEqual(most);
            for (let turn = 0; turn < turns; turn++) await setImmediate();
            underWay.delete(number);
            ended.push(number);
          });
        await writings.ended();
        expect(writings.size).toBe(0);
        expect(ended.length).toBe(given.length);
        for (let shard = 0; shard <= 5; shard++) {
          const its = ended.filter((number) => given[number]!.shards.includes(shard));
          expect(its).toEqual(its.toSorted((a, b) => a - b));
        }
        // What an expectation inside of one threw.
        await writings.add([], 1, async () => undefined);
      }),
    );
  });

  it('wait for none that moves other shards', async () => {
    const writings = new Writings();
    const first = Promise.withResolvers<undefined>();
    await writings.add([1], 2, () => first.promise);
    let written = false;
    await writings.add([2], 2, async () => {
      written = true;
    });
    expect(written).toBe(true);
    first.resolve(undefined);
    await writings.ended();
  });

  it('end when one has failed: those under way go on, none begins, the first failure is thrown, all are kept', async () => {
    let told = 0;
    const writings = new Writings(() => told++);
    const first = Promise.withResolvers<undefined>();
    const second = Promise.withResolvers<undefined>();
    await writings.add([1], 2, () => first.promise);
    await writings.add([2], 2, () => second.promise);
    const waiting = writings.add([1, 2], 2, async () => {
      throw new Error('written behind a failure');
    });
    first.reject(new Error('the first'));
    await expect(waiting).rejects.toThrow('the first');
    expect(writings.size).toBe(1);
    second.reject(new Error('the second'));
    await writings.ended();
    await expect(writings.add([3], 2, async () => undefined)).rejects.toThrow('the first');
    expect(writings.failures).toEqual([new Error('the first'), new Error('the second')]);
    expect(told).toBe(2);
  });
});
