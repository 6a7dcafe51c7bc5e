import { GroupCommit, JournalBusy, type GroupCommitOptions } from './group-commit.js';
import { anEvent } from './journal.contract.js';
import type { Append, AppendResult } from './journal.port.js';

class Unstorable extends Error {}

const append = (streamId: string, count = 1): Append => ({
  streamId,
  expectedVersion: 'any',
  events: Array.from({ length: count }, () => anEvent()),
});
const resultOf = ({ streamId }: Append): AppendResult => ({
  status: 'appended',
  version: 1,
  duplicates: [streamId],
});

/** A database that commits when told. */
function given(options: Partial<GroupCommitOptions> = {}) {
  const commits: { streams: string[]; done(): void; fail(error: Error): void }[] = [];
  const group = new GroupCommit({
    commit: (appends) =>
      new Promise((resolve, reject) => {
        commits.push({
          streams: appends.map(({ streamId }) => streamId),
          done: () => resolve(appends.map(resultOf)),
          fail: reject,
        });
      }),
    isFaultOfEvents: (error) => error instanceof Unstorable,
    lanes: 1,
    ...options,
  });
  return { group, commits };
}
const soon = (milliseconds = 2) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('group commit', () => {
  it('commits together what comes together, and gives each caller its own results', async () => {
    const { group, commits } = given();
    const calls = [
      group.append([append('a')]),
      group.append([append('b'), append('c')]),
      group.append([append('d')]),
    ];
    await soon();
    expect(commits.map(({ streams }) => streams)).toEqual([['a', 'b', 'c', 'd']]);
    commits[0]?.done();
    expect(
      (await Promise.all(calls)).map((results) =>
        results.flatMap((result) => (result.status === 'appended' ? result.duplicates : [])),
      ),
    ).toEqual([['a'], ['b', 'c'], ['d']]);
  });

  it('gathers calls while a commit is under way', async () => {
    const { group, commits } = given();
    const first = group.append([append('a')]);
    await soon();
    const rest = [group.append([append('b')]), group.append([append('c')])];
    await soon(10);
    expect(commits).toHaveLength(1);
    commits[0]?.done();
    await first;
    await soon();
    expect(commits[1]?.streams).toEqual(['b', 'c']);
    commits[1]?.done();
    await Promise.all(rest);
  });

  it('uses another lane after the longest wait, or at once when there is enough', async () => {
    const { group, commits } = given({ lanes: 3, maxDelay: 20, maxEvents: 10 });
    void group.append([append('a')]);
    await soon();
    void group.append([append('b')]);
    await soon(5);
    expect(commits).toHaveLength(1);
    await soon(30);
    expect(commits).toHaveLength(2);
    void group.append([append('c', 10)]);
    expect(commits).toHaveLength(3);
  });

  it('commits no more than the most at once, but never splits a call', async () => {
    const { group, commits } = given({ maxEvents: 10 });
    void group.append([append('a', 25)]);
    void group.append([append('b', 6)]);
    void group.append([append('c', 6)]);
    await soon();
    commits[0]?.done();
    await soon();
    commits[1]?.done();
    await soon();
    expect(commits.map(({ streams }) => streams)).toEqual([['a'], ['b'], ['c']]);
  });

  it('commits no more bytes than the most at once, but never splits a call', async () => {
    const { group, commits } = given({ maxBytes: 100 });
    const of = (streamId: string, bytes: number): Append => ({
      streamId,
      expectedVersion: 'any',
      events: [anEvent({ data: 'x'.repeat(bytes) })],
    });
    for (const appends of [[of('a', 60), of('b', 60)], [of('c', 60)], [of('d', 60)], [of('e', 40)]])
      void group.append(appends);
    for (let n = 0; n < 3; n++) {
      await soon();
      commits[n]?.done();
    }
    expect(commits.map(({ streams }) => streams)).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
  });

  it('tells an error of the commit to every caller', async () => {
    const { group, commits } = given();
    const calls = [group.append([append('a')]), group.append([append('b')])];
    await soon();
    commits[0]?.fail(new Error('connection lost'));
    const outcomes = await Promise.allSettled(calls);
    const lost = { status: 'rejected', reason: new Error('connection lost') };
    expect(outcomes).toMatchObject([lost, lost]);
    expect(commits).toHaveLength(1);
  });

  it('fails only the call whose events can not be stored', async () => {
    const stored: string[] = [];
    const group = new GroupCommit({
      commit: async (appends) => {
        if (appends.some(({ streamId }) => streamId === 'poison')) throw new Unstorable('no');
        stored.push(...appends.map(({ streamId }) => streamId));
        return appends.map(resultOf);
      },
      isFaultOfEvents: (error) => error instanceof Unstorable,
      lanes: 1,
    });
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'poison', 'c', 'd'].map((name) => group.append([append(name)])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(stored).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses when too much is waiting, and takes again when there is room', async () => {
    const { group, commits } = given({ maxWaiting: 10 });
    const first = group.append([append('a', 100)]);
    await soon();
    const second = group.append([append('b', 10)]);
    await expect(group.append([append('c')])).rejects.toThrow(JournalBusy);
    commits[0]?.done();
    await first;
    await soon();
    commits[1]?.done();
    await second;
    const third = group.append([append('c')]);
    await soon();
    commits[2]?.done();
    await expect(third).resolves.toHaveLength(1);
  });

  it('has committed everything when it is drained', async () => {
    const committed: string[] = [];
    const { group } = given({
      commit: async (appends) => {
        await soon(5);
        committed.push(...appends.map(({ streamId }) => streamId));
        return appends.map(resultOf);
      },
    });
    void group.append([append('a')]);
    void group.append([append('b', 2_000)]);
    await group.drain();
    expect(committed).toEqual(['a', 'b']);
  });
});
