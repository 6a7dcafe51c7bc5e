import { event, recorded } from '@perennial/testing';
import type { Kafka } from 'kafkajs';
import { EventPublisher } from './event.publisher.js';

/** kafkajs on a connection on which nothing comes: it asks again and again. */
class Unanswered {
  readonly events = { REQUEST_TIMEOUT: 'timeout' };
  private timedOut: (event: { payload: { apiName: string } }) => void = () => undefined;
  asked = 0;

  on(_name: string, listener: (event: { payload: { apiName: string } }) => void) {
    this.timedOut = listener;
  }
  async sendBatch() {
    this.asked++;
    setTimeout(() => this.timedOut({ payload: { apiName: 'Produce' } }), 50);
    return new Promise<never>(() => undefined);
  }
  async disconnect() {
    return new Promise<never>(() => undefined);
  }
}

it('fails with the first request that gets no answer: who publishes goes on with another connection', async () => {
  const producer = new Unanswered();
  const publisher = new EventPublisher({ producer: () => producer } as unknown as Kafka);
  const began = Date.now();
  const events = recorded([event('page.viewed', 'user:1', { path: '/' })]);
  await expect(publisher.publish('topic', events)).rejects.toThrow('Kafka did not answer Produce in time.');
  // Whatever is published on it now would be stored behind something of which nobody knows whether it is.
  await expect(publisher.publish('topic', events)).rejects.toThrow('Kafka did not answer');
  await publisher.close();
  // What is asked here gets no answer ever: whoever waited for one would wait until the test is given up.
  expect(Date.now() - began).toBeLessThan(20_000);
});
