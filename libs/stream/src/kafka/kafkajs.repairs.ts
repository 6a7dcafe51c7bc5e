import { setTimeout as sleep } from 'node:timers/promises';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { GroupPlace } from './group.place.js';
import { installWire } from './wire/kafkajs.wire.js';

/** Each answer begins with its size, in so many bytes. */
const SIZE_BYTES = 4;
/** How often a member asks for its partitions before it begins anew, and how much longer it waits each time, in milliseconds. */
const JOINS = 5;
const JOIN_RETRY = 100;
/** Name of the error of a request that was given up. */
const NO_ANSWER = 'KafkaJSRequestTimeoutError';

/**
 * Mends what is wrong with kafkajs 2.2.4 inside of it; its version is pinned and it is no longer maintained. All that is
 * known to be wrong with it, and what sees it, stands in docs/decisions/0014-kafka.md.
 */
export function repairKafkajs(): void {
  sleepWhileIdle();
  hearNoMoreOfConnectionsGivenUp();
  giveUpConnectionsWithoutAnswers();
  joinUntilAnswered();
  liveThoughTheClockIsSetBack();
  leaveWhenNobodyFollows();
  installWire();
}

/**
 * It re-arms a timer of 1 ms for ever on every connection that is not throttled (its issues 1751, 1768): an idle process
 * burns a fifth of a core. The timer only has work while requests are pending.
 */
function sleepWhileIdle(): void {
  const queue = RequestQueue.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the queue that it is asked of
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/**
 * It goes on reading from a connection that it has given up, into the buffer which the next one uses, and begins that
 * one with what was left of an answer: what follows is no longer an answer, and the process ends by it. One that it gives
 * up before it stands it takes for one that stands when it comes about all the same, as after the process was kept from
 * hearing for a while: nothing that is asked on it is ever answered.
 */
function hearNoMoreOfConnectionsGivenUp(): void {
  const connection = Connection.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the connection that it is asked of
  const disconnect = connection.disconnect;
  connection.disconnect = async function () {
    const stood = this.isConnected();
    const disconnected = await disconnect.call(this);
    this.socket?.removeAllListeners('data');
    if (stood) this.socket?.destroySoon();
    else this.socket?.destroy();
    Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: SIZE_BYTES });
    return disconnected;
  };
}

/** It does not give up a connection that gives no answer: it would ask the same one again and again. */
function giveUpConnectionsWithoutAnswers(): void {
  const connection = Connection.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the connection that it is asked of
  const send = connection.send;
  connection.send = async function (request) {
    const { socket } = this;
    try {
      return await send.call(this, request);
    } catch (error) {
      // Of several requests that end together the first one closes it; there may be another one by now.
      if ((error as Error).name === NO_ANSWER && this.socket === socket && this.isConnected()) {
        this.rejectRequests(error as Error);
        await this.disconnect();
      }
      throw error;
    }
  };
}

/**
 * A member whose connection breaks after it has joined, and before it is told its partitions, goes on with those of
 * before; it names the new generation, so the broker takes it for one that was told, and two members read the same
 * partitions for ever. One that the group no longer knows goes on, too, without saying that it lives. So it asks again,
 * and where that is in vain it ends: it is then started anew.
 */
function joinUntilAnswered(): void {
  const group = ConsumerGroup.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group that it is asked of
  const joinAndSync = group.joinAndSync;
  group.joinAndSync = async function () {
    const place = GroupPlace.of(this);
    for (let attempt = 1; ; attempt++) {
      place?.take(this);
      try {
        await joinAndSync.call(this);
        place?.keep(this);
        return;
      } catch (error) {
        const { name, retriable } = error as { name: string; retriable?: boolean };
        // A request that got no answer may be answered later, in the place of that of whoever asks under the same name.
        if (name !== NO_ANSWER) place?.keep(this);
        if (retriable === false || attempt === JOINS)
          throw Object.assign(error as Error, { retriable: false });
        await sleep(attempt * JOIN_RETRY);
      }
    }
  };
}

/**
 * By the wall clock it tells when a member has to say again that it lives. Where that is set back by an hour the member
 * says nothing for an hour: the group gives its partitions to others, and it is not told, so that it reads on, too.
 */
function liveThoughTheClockIsSetBack(): void {
  const group = ConsumerGroup.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group that it is asked of
  const heartbeat = group.heartbeat;
  group.heartbeat = async function (given) {
    this.lastRequest = Math.min(this.lastRequest, Date.now());
    await heartbeat.call(this, given);
  };
}

/** A consumer that crashes tells its group that it goes, though another is about to take its place. */
function leaveWhenNobodyFollows(): void {
  const group = ConsumerGroup.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group that it is asked of
  const leave = group.leave;
  group.leave = async function () {
    if (GroupPlace.of(this)?.endsWith(this) !== false) await leave.call(this);
  };
}
