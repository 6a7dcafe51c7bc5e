import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { MemberAssignment } from 'kafkajs/src/consumer/assignerProtocol.js';
import './kafka.client.js';

const quiet = () => undefined;
const logger = { namespace: () => logger, info: quiet, warn: quiet, debug: quiet, error: quiet };

/** What a broker answers a member that asks for its partitions: those, or nothing because the connection breaks. */
type Answer = number[] | 'breaks';

const connectionBroke = () => Object.assign(new Error('read ECONNRESET'), { retriable: true });

/** A member, and what it has told of its partitions. */
function member(answers: Answer[]) {
  const told: unknown[] = [];
  let generationId = 0;
  const coordinator = {
    joinGroup: async () => ({
      generationId: ++generationId,
      memberId: 'we',
      leaderId: 'another',
      members: [],
      groupProtocol: 'round robin',
    }),
    syncGroup: async () => {
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer === 'breaks') throw connectionBroke();
      return { memberAssignment: MemberAssignment.encode({ version: 0, assignment: { topic: answer } }) };
    },
  };
  const group = new ConsumerGroup({
    retry: { retries: 0 },
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
    assigners: [],
  });
  return { group, told };
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
