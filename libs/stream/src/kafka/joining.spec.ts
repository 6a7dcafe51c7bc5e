import { jest } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { MemberAssignment } from 'kafkajs/src/consumer/assignerProtocol.js';
import { GroupPlace } from './group.place.js';
import './kafka.client.js';

afterEach(() => jest.restoreAllMocks());

let strangers = 0;
const quiet = () => undefined;
const logger = { namespace: () => logger, info: quiet, warn: quiet, debug: quiet, error: quiet };

/** What a broker answers a member that asks for its partitions: those, or nothing. */
type Answer = number[] | keyof typeof NOTHING;

const failed = (name: string) => () => Object.assign(new Error(name), { name, retriable: true });
const NOTHING = {
  breaks: failed('KafkaJSConnectionError'),
  hangs: failed('KafkaJSRequestTimeoutError'),
};

/** A member, and what it has told of its partitions. */
function member(answers: Answer[], place?: GroupPlace) {
  const told: unknown[] = [];
  /** Under which names it has asked its group, which it has told that it leaves, and which that it lives. */
  const names: string[] = [];
  const left: string[] = [];
  const said: string[] = [];
  let generationId = 0;
  const coordinator = {
    joinGroup: async ({ memberId }: { memberId: string }) => {
      names.push(memberId);
      if (memberId === 'forgotten') throw Object.assign(new Error(), { type: 'UNKNOWN_MEMBER_ID' });
      return {
        generationId: ++generationId,
        memberId: memberId || `member ${++strangers}`,
        leaderId: 'another',
        members: [],
        groupProtocol: 'round robin',
      };
    },
    leaveGroup: async ({ memberId }: { memberId: string }) => left.push(memberId),
    heartbeat: async ({ memberId }: { memberId: string }) => said.push(memberId),
    syncGroup: async () => {
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (typeof answer === 'string') throw NOTHING[answer]();
      return { memberAssignment: MemberAssignment.encode({ version: 0, assignment: { topic: answer } }) };
    },
  };
  const group = new ConsumerGroup({
    retry: { retries: 1, initialRetryTime: 1 },
    cluster: {
      findGroupCoordinator: async () => coordinator,
      committedOffsets: () => ({}),
      findTopicPartitionMetadata: () => [0, 1, 2, 3].map((partitionId) => ({ partitionId })),
    },
    groupId: 'group',
    topics: ['topic'],
    topicConfigurations: {},
    logger,
    instrumentationEmitter: { emit: (_: string, payload: object) => void told.push(payload) },
    assigners: place ? [place.assigner({ logger } as never)] : [],
  });
  return { group, told, names, left, said };
}
const partitionsOf = (group: ConsumerGroup) => group.assigned().flatMap(({ partitions }) => partitions);

describe('A member whose connection breaks before it is told its new partitions', () => {
  it('asks again, and reads those that are its own now', async () => {
    const { group, told } = member([[0, 1, 2, 3], 'breaks', 'breaks', [0, 1]]);
    await group.joinAndSync();
    expect(partitionsOf(group)).toEqual([0, 1, 2, 3]);
    await group.joinAndSync();
    expect(partitionsOf(group)).toEqual([0, 1]);
    expect(told).toMatchObject([
      { memberAssignment: { topic: [0, 1, 2, 3] } },
      { memberAssignment: { topic: [0, 1] } },
    ]);
  });

  it('ends where it asks in vain, and does not go on with those of before', async () => {
    const { group } = member([[0, 1, 2, 3], 'breaks']);
    await group.joinAndSync();
    // What is not to be tried again ends a consumer of kafkajs.
    await expect(group.joinAndSync()).rejects.toMatchObject({ retriable: false });
  });
});

it('A member whose clock is set back goes on telling its group that it lives', async () => {
  const { group, said } = member([[0, 1, 2, 3]]);
  await group.joinAndSync();
  const now = Date.now();
  const at = async (milliseconds: number) => {
    jest.spyOn(Date, 'now').mockReturnValue(now + milliseconds);
    await group.heartbeat({ interval: 500 });
    return said.length;
  };
  expect([await at(3_600_000), await at(0), await at(500), await at(600)]).toEqual([1, 1, 2, 2]);
});

describe('A consumer that comes after another', () => {
  const before = async (answers: Answer[] = [[0, 1]]) => {
    const place = new GroupPlace();
    const first = member(answers, place);
    await first.group.joinAndSync().catch(() => undefined);
    return { place, first, name: first.group.memberId };
  };

  it('is the same member, so that nobody waits until the session of the one before has ended', async () => {
    const { place, first, name } = await before();
    await first.group.leave();
    const second = member([[0, 1]], place);
    await second.group.joinAndSync();
    expect(second.names).toEqual([name]);
    expect(first.left).toEqual([]);
  });

  it('is another where the group does not know that one any more', async () => {
    const { place, first } = await before();
    first.group.memberId = 'forgotten';
    place.keep(first.group);
    const second = member([[0, 1]], place);
    await second.group.joinAndSync();
    expect(second.names).toEqual(['forgotten', '']);
  });

  it('is another where that one may still be answered, as it would be answered in its stead', async () => {
    const { place } = await before(['hangs']);
    const second = member([[0, 1]], place);
    await second.group.joinAndSync();
    expect(second.names).toEqual(['']);
  });

  it('keeps its place from one that was given up and comes round', async () => {
    const { place, first, name } = await before();
    const second = member([[0, 1]], place);
    await expect(first.group.joinAndSync()).rejects.toMatchObject({ retriable: false });
    await second.group.joinAndSync();
    expect(first.names).toHaveLength(1);
    expect(second.names).toEqual([name]);
  });

  it('leaves when none comes after it, and only it does', async () => {
    const { place, first, name } = await before();
    const second = member([[0, 1]], place);
    await second.group.joinAndSync();
    place.giveUp();
    await first.group.leave();
    await second.group.leave();
    expect(first.left).toEqual([]);
    expect(second.left).toEqual([name]);
  });
});
