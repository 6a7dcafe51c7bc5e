import fc from 'fast-check';
import type { Append } from '../journal.port.js';
import { anEvent } from '../journal.contract.js';
import { planAppends, type KnownStream } from './stream.plan.js';

const known = (...ids: string[]): KnownStream => ({
  version: ids.length,
  versions: new Map(ids.map((id, n) => [id, n + 1])),
});
const append = (expectedVersion: number | 'any', ...ids: string[]): Append => ({
  streamId: 's',
  expectedVersion,
  events: ids.map((eventId) => anEvent({ eventId })),
});

describe('appends to a stream', () => {
  it.each([
    ['a retry, whatever it expects', [append(0, 'a')], [1], []],
    ['a retry of part of what was appended', [append('any', 'b', 'a')], [2], []],
    ['nothing, which is no retry', [append(7)], ['conflict'], []],
    ['new events beside known ones', [append('any', 'b', 'c')], [3], ['c']],
    ['new events that expect what the known ones were', [append(0, 'a', 'c')], ['conflict'], []],
    ['the same event twice', [append('any', 'c', 'c'), append('any', 'c')], [3, 3], ['c']],
    ['one after the other', [append(2, 'c'), append(2, 'd'), append(3, 'e')], [3, 'conflict', 4], ['c', 'e']],
  ])('are %s', (_, appends, answers, written) => {
    const plan = planAppends(known('a', 'b'), appends);
    expect(plan.events.map(({ eventId }) => eventId)).toEqual(written);
    expect(
      plan.results.map((result) => (result.status === 'appended' ? result.version : result.status)),
    ).toEqual(answers);
  });

  it('may be retried in any order with any others: no event is written twice, none is lost', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const one = fc.record({
      expectedVersion: fc.oneof(fc.constant('any' as const), fc.nat(4)),
      ids: fc.array(id, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 4 }), { maxLength: 5 }), (calls) => {
        const written: string[] = [];
        for (const call of calls) {
          const appends = call.map(({ expectedVersion, ids }) => append(expectedVersion, ...ids));
          const { events, results } = planAppends(known(...written), appends);
          written.push(...events.map(({ eventId }) => eventId));
          results.forEach((result, n) => {
            if (result.status === 'appended')
              for (const { eventId } of appends[n]!.events) expect(written).toContain(eventId);
          });
        }
        expect(new Set(written).size).toBe(written.length);
      }),
    );
  });
});
