import fc from 'fast-check';
import type { Append, AppendResult, NewEvent } from '../journal.port.js';
import { anEvent } from '../journal.contract.js';
import { AppendPlan, ANY_VERSION, type Draft, type DraftAnswer } from './append.plan.js';

/** A journal in memory: streams of event ids. */
type Streams = Map<string, string[]>;

const versionsById = (streams: Streams) =>
  new Map([...streams.values()].flatMap((ids) => ids.map((id, i) => [id, i + 1] as const)));

/** The meaning of appends, in the plainest way: one after the other. */
function oneAfterTheOther(streams: Streams, appends: readonly Append[]): AppendResult[] {
  return appends.map(({ streamId, expectedVersion, events }): AppendResult => {
    const stream = streams.get(streamId) ?? [];
    streams.set(streamId, stream);
    const before = versionsById(streams);
    const isRetry = events.length > 0 && events.every(({ eventId }) => before.has(eventId));
    if (isRetry) {
      return {
        status: 'appended',
        version: Math.max(...events.map(({ eventId }) => before.get(eventId) ?? 0)),
        duplicates: events.map(({ eventId }) => eventId),
      };
    }
    if (expectedVersion !== 'any' && expectedVersion !== stream.length)
      return { status: 'conflict', version: stream.length };
    const duplicates: string[] = [];
    for (const { eventId } of events) {
      if (versionsById(streams).has(eventId)) duplicates.push(eventId);
      else stream.push(eventId);
    }
    return { status: 'appended', version: stream.length, duplicates };
  });
}

/** What journal.append does, in memory. */
function database(streams: Streams, draft: Draft): DraftAnswer {
  const versions = draft.streams.map(({ streamId }) => streams.get(streamId)?.length ?? 0);
  const known = versionsById(streams);
  const duplicates = draft.events.flatMap(({ event: { eventId } }) => {
    const version = known.get(eventId);
    return version === undefined ? [] : [{ eventId, version }];
  });
  const appended =
    duplicates.length === 0 &&
    draft.streams.every(({ required }, i) => required === ANY_VERSION || required === versions[i]);
  if (appended)
    for (const { event, stream } of draft.events)
      streams.set(stream.streamId, [...(streams.get(stream.streamId) ?? []), event.eventId]);
  return { appended, versions, duplicates };
}

function carryOut(
  streams: Streams,
  appends: readonly Append[],
  meanwhile: (attempt: number) => void = () => undefined,
) {
  const plan = new AppendPlan(appends);
  for (let attempts = 0; ; attempts++) {
    const draft = plan.draft();
    if (draft.doubts.length > 0) {
      const known = versionsById(streams);
      plan.resolve(
        draft,
        draft.doubts.flatMap(({ eventId }) =>
          known.has(eventId) ? [{ eventId, version: known.get(eventId) ?? 0 }] : [],
        ),
      );
      continue;
    }
    if (!plan.isOpen(draft)) return { results: plan.results(), attempts };
    meanwhile(attempts);
    const answer = database(streams, draft);
    plan.learn(draft, answer);
    if (answer.appended) return { results: plan.results(), attempts: attempts + 1 };
  }
}

const events = (prefix: string, numbers: number[]): NewEvent[] =>
  numbers.map((n) => anEvent({ eventId: `${prefix}-${n}` }));
const stream = fc.constantFrom('a', 'b', 'c');
/** Few ids and few streams, so that duplicates and conflicts are the rule. An event always belongs to the same stream. */
const appendsArbitrary = fc.array(
  fc
    .record({
      streamId: stream,
      expectedVersion: fc.oneof(fc.constant('any' as const), fc.nat(6)),
      numbers: fc.array(fc.nat(8), { maxLength: 3 }),
    })
    .map(({ streamId, expectedVersion, numbers }): Append => ({
      streamId,
      expectedVersion,
      events: events(streamId, numbers),
    })),
  { maxLength: 8 },
);
const sorted = (results: AppendResult[]) =>
  results.map((result) =>
    result.status === 'appended' ? { ...result, duplicates: result.duplicates.toSorted() } : result,
  );

describe('a plan of many appends', () => {
  it('comes to the same as one append after the other, whatever is there before', () => {
    fc.assert(
      fc.property(appendsArbitrary, appendsArbitrary, (before, appends) => {
        const [planned, plain]: Streams[] = [new Map(), new Map()];
        if (!planned || !plain) return;
        oneAfterTheOther(planned, before);
        oneAfterTheOther(plain, before);
        const { results } = carryOut(planned, appends);
        expect(sorted(results)).toEqual(sorted(oneAfterTheOther(plain, appends)));
        for (const [id, ids] of plain) expect(planned.get(id) ?? []).toEqual(ids);
      }),
      { numRuns: 3_000 },
    );
  });

  it('needs the database once when nothing is in the way', () => {
    const appends: Append[] = [
      { streamId: 'a', expectedVersion: 0, events: events('a', [1, 2]) },
      { streamId: 'a', expectedVersion: 2, events: events('a', [3]) },
      { streamId: 'b', expectedVersion: 'any', events: events('b', [1]) },
    ];
    expect(carryOut(new Map(), appends).attempts).toBe(1);
  });

  it('ends though others append all the time, and writes nothing that it refuses', () => {
    fc.assert(
      fc.property(appendsArbitrary, fc.infiniteStream(stream), (appends, others) => {
        const streams: Streams = new Map();
        const { results, attempts } = carryOut(streams, appends, (attempt) => {
          for (const id of others.take(2))
            streams.set(id, [...(streams.get(id) ?? []), `other-${attempt}-${Math.random()}`]);
        });
        expect(attempts).toBeLessThanOrEqual(
          2 + appends.length + appends.flatMap((append) => append.events).length,
        );
        const written = [...streams.values()].flat();
        expect(new Set(written).size).toBe(written.length);
        const accepted = new Set(
          appends.flatMap((append, i) =>
            results[i]?.status === 'appended' ? append.events.map(({ eventId }) => eventId) : [],
          ),
        );
        expect(written.filter((id) => !id.startsWith('other'))).toHaveLength(accepted.size);
      }),
      { numRuns: 1_000 },
    );
  });
});
