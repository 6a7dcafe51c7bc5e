import { until } from '@perennial/testing';
import { SHARDS, type RecordedEvent } from '@perennial/journal';
import type { StreamConsumer } from './stream.port.js';

export interface StreamUnderTest {
  /** A consumer of the group. */
  consumer(group: string): StreamConsumer;
  /** Records this many events, spread over the shards. */
  record(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A member that remembers what it read. */
class Member {
  readonly held = new Set<number>();
  readonly read: RecordedEvent[] = [];
  private readonly stopping = new AbortController();
  private reading?: Promise<void>;

  constructor(
    readonly consumer: StreamConsumer,
    private readonly committed: Map<number, number>,
    private readonly without?: ReadonlySet<string>,
  ) {}

  async join(): Promise<void> {
    await this.consumer.join({
      without: this.without,
      gained: async (shards) => {
        shards.forEach((shard) => this.held.add(shard));
        return new Map(shards.map((shard) => [shard, this.committed.get(shard) ?? 0]));
      },
      lost: async (shards) => shards.forEach((shard) => this.held.delete(shard)),
    });
    this.reading = this.keepReading();
  }

  async leave(): Promise<void> {
    this.stopping.abort();
    await this.reading;
    await this.consumer.leave();
  }

  private async keepReading(): Promise<void> {
    while (!this.stopping.signal.aborted)
      for (const { shard, position, events } of await this.consumer.next(50, this.stopping.signal)) {
        this.read.push(...events);
        this.committed.set(shard, Math.max(this.committed.get(shard) ?? 0, position));
      }
  }
}

/** What every stream must do, whatever carries it. */
export function streamContract(name: string, start: () => Promise<StreamUnderTest>): void {
  describe(`the stream on ${name}`, () => {
    let stream: StreamUnderTest;
    const members: Member[] = [];
    beforeEach(async () => {
      stream = await start();
    });
    afterEach(async () => {
      await Promise.all(members.splice(0).map((member) => member.leave()));
      await stream.close();
    });

    const join = async (group: string, committed = new Map<number, number>(), without?: Set<string>) => {
      const member = new Member(stream.consumer(group), committed, without);
      members.push(member);
      await member.join();
      return member;
    };

    it('gives every event of every shard, in position order, without a gap', async () => {
      await stream.record(300);
      const member = await join('alone');
      await stream.record(200);
      await until(() => member.read.length >= 500);
      const last = new Map<number, number>();
      for (const { shard, position } of member.read) {
        expect(position).toBe((last.get(shard) ?? 0) + 1);
        last.set(shard, position);
      }
      expect(member.read).toHaveLength(500);
    });

    it('goes on after the position that the member names', async () => {
      await stream.record(300);
      const committed = new Map(Array.from({ length: SHARDS }, (_, shard) => [shard, 2]));
      const member = await join('later', committed);
      await stream.record(100);
      await until(async () => (await member.consumer.backlog()) === 0 && member.read.length > 0);
      expect(Math.min(...member.read.map(({ position }) => position))).toBe(3);
    });

    it('leaves out the types that a member has no use for, and still comes to the end', async () => {
      await stream.record(200);
      const committed = new Map<number, number>();
      const member = await join('choosy', committed, new Set(['page.viewed']));
      await until(() => [...committed.values()].reduce((sum, position) => sum + position, 0) === 200);
      expect(member.read).toEqual([]);
    });

    it('reads a shard again from where it is told to seek', async () => {
      await stream.record(200);
      const member = await join('seeking');
      await until(() => member.read.length >= 200);
      const [{ shard }] = member.read as [RecordedEvent];
      const ofShard = () => member.read.filter((event) => event.shard === shard).length;
      const before = ofShard();
      member.consumer.seek(shard, 0);
      await until(() => ofShard() === 2 * before);
    });

    it('divides the shards among the members of a group, and gives those of one that leaves to the others', async () => {
      const committed = new Map<number, number>();
      const [one, other] = [await join('shared', committed), await join('shared', committed)];
      await until(
        () => one.held.size > 0 && other.held.size > 0 && one.held.size + other.held.size === SHARDS,
      );
      expect([...one.held].filter((shard) => other.held.has(shard))).toEqual([]);
      members.splice(members.indexOf(other), 1);
      await other.leave();
      await until(() => one.held.size === SHARDS);
    });

    it('gives each group every event', async () => {
      await stream.record(50);
      const [one, other] = [await join('first'), await join('second')];
      await until(() => one.read.length === 50 && other.read.length === 50);
    });

    it('stops waiting when it is told to', async () => {
      const consumer = stream.consumer('waiting');
      await consumer.join({
        gained: async (shards) => new Map(shards.map((shard) => [shard, 0])),
        lost: async () => undefined,
      });
      const stopping = new AbortController();
      const waiting = consumer.next(10, stopping.signal);
      stopping.abort();
      expect(await waiting).toEqual([]);
      await consumer.leave();
    });
  });
}
