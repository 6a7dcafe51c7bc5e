import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { JsonObject } from '@perennial/events';
import type { NewEvent } from '@perennial/journal';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import { migrateVault } from './migrate.js';
import {
  openEvent,
  openEvents,
  sealEvent,
  sealEvents,
  type ReadableEvent,
  type SealedEvent,
} from './sealing.js';
import { openText, sealText } from './sealed-text.js';
import { Vault } from './vault.js';

let counter = 0;
const anEvent = (fields: Partial<ReadableEvent>): ReadableEvent => ({
  id: `E-${++counter}`,
  source: '/shop',
  type: 'profile.updated',
  subject: `user:${counter}`,
  time: '2026-03-01T12:00:00.000Z',
  dataVersion: 1,
  data: {},
  ...fields,
});
const stored = ({ streamId, event }: SealedEvent) => ({ ...event, streamId });
const dataOf = (event: NewEvent) => JSON.parse(event.data) as JsonObject;

describe('sealing', () => {
  let database: TestDatabase;
  let vault: Vault;
  const seal = async (event: ReadableEvent): Promise<SealedEvent> => {
    const [sealed] = await sealEvents(vault, [event]);
    return sealed as SealedEvent;
  };

  beforeAll(async () => {
    database = await testDatabase();
    await migrateVault(database.url);
    vault = await Vault.open(database.url, { masterKey: randomBytes(32).toString('base64') });
  });
  afterAll(async () => {
    await vault.close();
    await database.drop();
  });

  it('brings back what was sealed, whatever JSON it is', async () => {
    const [key] = (await vault.keysOf(['user:any'])).values();
    if (!key) throw new Error('no key');
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (name, traits) => {
        // As JSON, as published: there is no -0 in it.
        const data = JSON.parse(JSON.stringify({ name, traits, language: 'de' })) as JsonObject;
        const event = anEvent({ subject: 'user:any', data });
        const sealed = sealEvent(event, key.subjectId, key, (subject) => vault.subjectIdOf(subject));
        expect(openEvent(stored(sealed), key.key)).toEqual(event);
      }),
    );
  });

  it('leaves no byte of a planted mail address in what is stored', async () => {
    const canary = 'canary.ann@example.org';
    const data = {
      email: canary,
      name: `Ann <${canary}>`,
      traits: { deep: [{ mail: canary }] },
      country: 'AT',
    };
    const sealed = await seal(anEvent({ subject: `email:${canary}`, data }));
    const everything = JSON.stringify(sealed);
    for (const form of [
      canary,
      'canary.ann',
      Buffer.from(canary).toString('base64url').slice(2, -3),
      Buffer.from(canary).toString('hex'),
    ]) {
      expect(everything).not.toContain(form);
    }
    const { rows } = await database.pool.query<{ all: string }>(
      `select k::text as all from vault.subject_key k`,
    );
    for (const row of rows) expect(row.all).not.toContain('canary');
    expect(dataOf(sealed.event)).toEqual({
      email: expect.stringMatching(/^sealed:1:[\w-]+$/),
      name: expect.stringMatching(/^sealed:1:/),
      traits: expect.stringMatching(/^sealed:1:/),
      country: 'AT',
    });
    expect(sealed.event.subject).toMatch(/^email:sealed:1:[\w-]+$/);
  });

  it('seals the same value differently each time', async () => {
    const data = { email: 'ann@example.org' };
    const [one, two] = await sealEvents(vault, [
      anEvent({ subject: 'user:twice', data }),
      anEvent({ subject: 'user:twice', data }),
    ]);
    expect(one?.event.data).not.toBe(two?.event.data);
    expect(one?.event.subject).toBe(two?.event.subject);
  });

  it('gives a second sending the same event id', async () => {
    const event = anEvent({ data: { name: 'Ann' } });
    expect((await seal(event)).event.eventId).toBe((await seal(event)).event.eventId);
    expect((await seal({ ...event, subject: 'user:other' })).event.eventId).not.toBe(
      (await seal(event)).event.eventId,
    );
  });

  it('names things openly: they are no persons', async () => {
    const event = anEvent({ type: 'product.withdrawn', subject: 'product:SKU-1', data: {} });
    const sealed = await seal(event);
    expect(sealed.event.subject).toBe('product:SKU-1');
    expect(await openEvents(vault, [stored(sealed)])).toEqual([event]);
    const { rows } = await database.pool.query('select from vault.subject_key where subject_id = $1', [
      sealed.streamId,
    ]);
    expect(rows).toHaveLength(0);
  });

  it('turns a reference to another subject into its id', async () => {
    const sealed = await seal(
      anEvent({
        type: 'identity.linked',
        subject: 'anonymous:9f',
        data: { other: 'email: Ann@Example.org', evidence: 'login' },
      }),
    );
    const other = `email:${vault.subjectIdOf('email:ann@example.org')}`;
    expect(dataOf(sealed.event)).toEqual({ other, evidence: 'login' });
    expect((await openEvents(vault, [stored(sealed)]))[0]?.data).toEqual({ other, evidence: 'login' });
  });

  it('opens in its own field and for its own subject only', () => {
    const key = createSecretKey(randomBytes(32));
    const sealed = sealText(key, '"Ann"', 'subject-1', 'name');
    expect(openText(key, sealed, 'subject-1', 'name')).toBe('"Ann"');
    const changed = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    expect(() => openText(key, sealed, 'subject-2', 'name')).toThrow('can not be opened');
    expect(() => openText(key, sealed, 'subject-1', 'email')).toThrow('can not be opened');
    expect(() => openText(createSecretKey(randomBytes(32)), sealed, 'subject-1', 'name')).toThrow(
      'can not be opened',
    );
    expect(() => openText(key, changed, 'subject-1', 'name')).toThrow('can not be opened');
    expect(() => openText(key, 'sealed:1:AAAA', 'subject-1', 'name')).toThrow('can not be opened');
  });

  describe('of an erased subject', () => {
    it('leaves personal fields absent in what was stored before', async () => {
      const sealed = await seal(
        anEvent({ subject: 'user:leaver', data: { name: 'Ann', email: 'ann@example.org', country: 'AT' } }),
      );
      await vault.erase([sealed.streamId]);
      const [opened] = await openEvents(vault, [stored(sealed)]);
      expect(opened).toMatchObject({ subject: 'user:erased', data: { country: 'AT' } });
      expect(Object.keys(opened?.data ?? {})).toEqual(['country']);
    });

    it('stores personal fields of later events as nothing', async () => {
      await vault.erase([vault.subjectIdOf('user:returns')]);
      const sealed = await seal(anEvent({ subject: 'user:returns', data: { name: 'Ann', country: 'AT' } }));
      expect(sealed.streamId).toBe(vault.subjectIdOf('user:returns'));
      expect(sealed.event.subject).toBe('user:erased');
      expect(dataOf(sealed.event)).toEqual({ country: 'AT' });
    });
  });
});
