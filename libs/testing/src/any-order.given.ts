import type { EventData } from '@perennial/events';
import fc from 'fast-check';
import { event, type GivenEvent, type GivenOptions } from './event.given.js';
import type { Playing, ReadModelsUnderTest } from './read-models/read-models.given.js';

/** States events of some type, about some subject and with some data; when and by whom is drawn from `options`. */
export const statedWith =
  (options: fc.Arbitrary<GivenOptions>) =>
  <Name extends GivenEvent['type']>(
    type: Name,
    about: fc.Arbitrary<string>,
    data: fc.Arbitrary<EventData<Name>>,
  ) =>
    fc.tuple(about, data, options).map(([of, given, more]) => event(type, of, given, more) as GivenEvent);

/** Two ways to play one history: in any order, in any batches, everything of it told twice; `once` is told once. */
export const twoPlayings = (
  history: fc.Arbitrary<GivenEvent[]>,
  once: readonly GivenEvent[] = [],
): fc.Arbitrary<[Playing, Playing]> =>
  history.chain((events) => {
    const told = [...events, ...events, ...once];
    const order = fc.shuffledSubarray(told, { minLength: told.length, maxLength: told.length });
    const playing = fc.record({ order, batchSize: fc.integer({ min: 1, max: 50 }) });
    return fc.tuple(playing, playing);
  });

/** What must hold of every history: `seen` is the same after both, and is what a rebuild gives. */
export async function expectSameState<Seen>(
  underTest: ReadModelsUnderTest,
  [first, second]: readonly [Playing, Playing],
  seen: () => Promise<Seen>,
): Promise<Seen> {
  await underTest.reset();
  await underTest.play(first);
  const expected = await seen();
  expect(await underTest.differences()).toEqual([]);
  await underTest.reset();
  await underTest.play(second);
  expect(await seen()).toEqual(expected);
  return expected;
}
