import { PostgresJournal } from '@perennial/journal';
import { randomUUID } from 'node:crypto';
import { must, until, victim, type Choices, type Fault, type World } from '../fault.js';
import { orderNumber } from './put.events.js';

export const sentOften: Fault = {
  number: 7,
  name: 'sent-often',
  title: 'everything is sent ten times, at the same time, by whatever door',
  async cause({ traffic, choices }) {
    // Of those that are on their way nobody knows whether they have come.
    const all = traffic.known;
    const first = choices.integer(0, Math.max(0, all.length - 300));
    const batch = all.slice(first, first + 300);
    const answers = await Promise.all(Array.from({ length: 10 }, () => traffic.repeat(batch)));
    const accepted = answers.reduce((sum, answer) => sum + answer.accepted, 0);
    must(accepted === 0, `${accepted} events that were sent before were accepted again`);
  },
};

/** What is wrong with each is in the value; everything around it is a good event. */
const POISON: Record<string, (good: Record<string, unknown>) => string> = {
  'not JSON': (good) => JSON.stringify(good).slice(0, -7),
  NaN: (good) => JSON.stringify(good).replace('"POISON"', 'NaN'),
  'a number beyond numbers': (good) => JSON.stringify(good).replace('"POISON"', '1e400'),
  'deep nesting': (good) => JSON.stringify(good).replace('"POISON"', '['.repeat(20_000) + ']'.repeat(20_000)),
  'a zero byte': (good) => JSON.stringify(good).replace('"POISON"', '"a\\u0000b"'),
  'a lone surrogate': (good) => JSON.stringify(good).replace('"POISON"', '"a\\ud800b"'),
  'a prototype': (good) => JSON.stringify(good).replace('"data":{', '"data":{"__proto__":{"isAdmin":true},'),
};

const goodEvent = (choices: Choices, number: number) => ({
  specversion: '1.0',
  id: `poison-${number}-${choices.integer(0, 1e9)}`,
  source: '/faults/poison',
  type: 'page.viewed',
  subject: `user:poisoner-${number}`,
  time: '2026-10-01T12:00:00Z',
  data: { path: '/lamp', title: 'POISON' },
});

export const poison: Fault = {
  number: 10,
  name: 'poison',
  title: 'broken JSON, NaN, 1e400, deep nesting, zero bytes, lone surrogates and __proto__ among good events',
  async cause(world) {
    const { choices, traffic, expected, history } = world;
    await traffic.flows(60);
    for (const [number, [what, spoil]] of Object.entries(POISON).entries()) {
      const body = spoil(goodEvent(choices, number));
      const door = await victim(world, 'collector');
      const response = await fetch(`${door.url}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body,
      });
      const answer = (await response.text()).slice(0, 200);
      history.note(`${what}: ${response.status} ${answer}`);
      must(
        response.status === 200 || response.status === 400,
        `${what} was answered ${response.status} ${answer}`,
      );
      must(/"rejected":\[\{|"code"/.test(answer), `${what} was not refused: ${answer}`);
      expected.rejected = (expected.rejected ?? 0) + 1;
    }
    await traffic.flows(120);
  },
};

export const newerVersion: Fault = {
  number: 11,
  name: 'newer-version',
  title: 'events of version 99 come before the services know it; then the services are upgraded',
  async cause(world) {
    const { system, traffic, choices, expected } = world;
    const journal = new PostgresJournal(system.databaseUrl);
    const count = choices.integer(2, 6);
    const subject = randomUUID();
    const version = Number(system.environment.KNOWS_VERSION?.split(' ')[1] ?? 98) + 1;
    try {
      for (let times = count; times > 0; times--) {
        await journal.append(subject, 'any', [orderNumber(randomUUID(), version)]);
        await traffic.flows(60);
      }
    } finally {
      await journal.close();
    }
    expected.others = (expected.others ?? 0) + count;
    const parked = async (service: string) => {
      const { rows } = await system.pool.query<{ parked: string }>(
        `select count(*) as parked from ${service}_tables.unapplied where type = 'order.placed'`,
      );
      return Number(rows[0]?.parked);
    };
    for (const service of system.reading)
      await until(`${service} has set them aside`, async () => (await parked(service)) === count);
    await upgrade(world, version);
    for (const service of system.reading)
      await until(`${service} has applied them after its upgrade`, async () => (await parked(service)) === 0);
    expected.orders = (expected.orders ?? 0) + count;
  },
};

/** Every process of the services is exchanged for one that knows the version, and so will those that come after it. */
async function upgrade({ system }: World, version: number): Promise<void> {
  system.environment.KNOWS_VERSION = `order.placed ${version}`;
  for (const service of system.reading)
    for (const old of system.of(service)) {
      await system.remove(old);
      await system.add(service);
    }
}

export const identityMoves: Fault = {
  number: 22,
  name: 'identity-moves',
  title: 'customers are merged and split while their events arrive on several shards',
  async cause({ traffic, choices }) {
    const people = choices.integer(6, 12);
    const company = choices.integer(0, 1e9);
    const subject = (person: number, device: number) => `user:${company}-${person}-${device}`;
    const event = (type: string, of: string, data: object, minute: number) => ({
      specversion: '1.0',
      datacontenttype: 'application/json',
      id: `identity-${company}-${minute}`,
      source: '/faults/identity',
      type,
      subject: of,
      time: new Date(Date.UTC(2026, 8, 1, 0, minute)).toISOString(),
      data,
    });
    for (let minute = 0; minute < 240; minute += 8) {
      const batch = Array.from({ length: 8 }, (_, within) => {
        const at = minute + within;
        const person = choices.integer(1, people);
        const [one, other] = [subject(person, choices.integer(0, 2)), subject(person, choices.integer(3, 5))];
        const draw = choices.integer(0, 5);
        if (draw < 2) return event('identity.linked', one, { other, evidence: 'login' }, at);
        if (draw === 2) return event('identity.unlinked', one, { other, evidence: 'operator' }, at);
        return event(
          'order.placed',
          choices.pick([one, other]),
          {
            orderId: `identity-${company}-${at}`,
            total: { amount: '10.00', currency: 'EUR' },
            lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.00', currency: 'EUR' } }],
          },
          at,
        );
      });
      await traffic.send(batch);
    }
  },
};
