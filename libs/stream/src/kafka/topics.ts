import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { SHARDS } from '@perennial/journal';
import type { KafkaSettings } from './kafka.settings.js';

/** The topics can't be used as they are; the message says what to do. */
export class TopicsUnusable extends Error {
  /** sysexits.h: the configuration is wrong. */
  readonly exitCode = 78;
}

/** What each topic is for, by the end of its name. */
export type TopicName = 'events' | 'decisions' | 'inbound' | 'rejected';

export const topicOf = ({ kafkaPrefix }: KafkaSettings, name: TopicName): string => `${kafkaPrefix}.${name}`;

/** An event of a mebibyte and its headers; the brokers' default is less. */
const LARGEST_RECORD = 20 * 1024 * 1024;
const DAY = 24 * 60 * 60 * 1_000;
/** How long brokers may take until they know what was created, in milliseconds. */
const PATIENCE = 30_000;

interface TopicPlan {
  partitions: number;
  /** The partition of a record is its shard, so there must be as many. */
  fixed: boolean;
  retention: number;
}

/**
 * Events and decisions are in the journal for ever: topics only carry them. A consumer that was away for longer than
 * the retention goes on from the journal.
 */
const plans: Record<TopicName, TopicPlan> = {
  events: { partitions: SHARDS, fixed: true, retention: 7 * DAY },
  decisions: { partitions: SHARDS, fixed: true, retention: 7 * DAY },
  inbound: { partitions: 16, fixed: false, retention: 7 * DAY },
  rejected: { partitions: 4, fixed: false, retention: 30 * DAY },
};

/**
 * Creates the topics that are missing and checks those that are there. Safe to call from several processes at once.
 * Throws `TopicsUnusable` when a topic has other partitions than shards, or is missing and may not be created.
 */
export async function prepareTopics(
  kafka: Kafka,
  settings: KafkaSettings,
  names: readonly TopicName[],
): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await createMissing(admin, settings, names);
    await check(admin, settings, names);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Until all have leaders. A topic that was just created is unknown to brokers for a moment, and then some partitions have
 * no leader; one that was just deleted is known to them for a moment more.
 */
async function createMissing(
  admin: Admin,
  settings: KafkaSettings,
  names: readonly TopicName[],
): Promise<void> {
  for (const end = Date.now() + PATIENCE; ;) {
    const known = new Set(await admin.listTopics());
    const missing = names.filter((name) => !known.has(topicOf(settings, name)));
    if (missing.length > 0) await create(admin, settings, missing);
    try {
      for (const name of names) await admin.fetchTopicOffsets(topicOf(settings, name));
      return;
    } catch (error) {
      if (Date.now() > end || isForbidden(error)) throw error;
      await sleep(100);
    }
  }
}

/** Waiting changes nothing about it. */
const isForbidden = (error: unknown): boolean =>
  (error as { type?: string }).type?.endsWith('AUTHORIZATION_FAILED') === true;

async function create(admin: Admin, settings: KafkaSettings, names: readonly TopicName[]): Promise<void> {
  try {
    await admin.createTopics({
      // kafkajs gives up at once when the metadata don't know them yet; so we wait ourselves.
      waitForLeaders: false,
      topics: names.map((name) => ({
        topic: topicOf(settings, name),
        numPartitions: plans[name].partitions,
        replicationFactor: settings.kafkaReplicas ?? -1,
        configEntries: [
          { name: 'retention.ms', value: String(plans[name].retention) },
          { name: 'max.message.bytes', value: String(LARGEST_RECORD) },
          { name: 'cleanup.policy', value: 'delete' },
        ],
      })),
    });
  } catch (error) {
    const { message, errors = [] } = error as Error & { errors?: Error[] };
    // Another process was as quick.
    if (
      errors.length > 0 &&
      errors.every((each) => (each as { type?: string }).type === 'TOPIC_ALREADY_EXISTS')
    )
      return;
    const reasons = new Set(errors.length > 0 ? errors.map((each) => each.message) : [message]);
    throw new TopicsUnusable(
      `The topics ${names.map((name) => topicOf(settings, name)).join(', ')} are missing, or hidden from this user, and could not be created (${[...reasons].join('; ')}): create them, or allow it to this user.`,
      { cause: error },
    );
  }
}

async function check(admin: Admin, settings: KafkaSettings, names: readonly TopicName[]): Promise<void> {
  const fixed = names.filter((name) => plans[name].fixed).map((name) => topicOf(settings, name));
  // None would mean all topics that there are.
  if (fixed.length === 0) return;
  const { topics } = await admin.fetchTopicMetadata({ topics: fixed });
  for (const { name, partitions } of topics)
    if (partitions.length !== SHARDS)
      throw new TopicsUnusable(
        `The topic ${name} has ${partitions.length} partitions, but must have ${SHARDS}: a record's partition is its shard, for ever. Delete the topic, and it is created ${name === topicOf(settings, 'events') ? 'and filled from the journal again' : 'again, without what it holds'}; or choose another KAFKA_PREFIX.`,
      );
}
