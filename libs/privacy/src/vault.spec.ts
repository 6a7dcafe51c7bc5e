import { randomBytes, randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import { MasterKeyError } from './master-key.js';
import { migrateVault } from './migrate.js';
import { eventIdOf } from './subject-id.js';
import { Vault, type VaultOptions } from './vault.js';

const aMasterKey = () => randomBytes(32).toString('base64');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('the vault', () => {
  const masterKey = aMasterKey();
  let database: TestDatabase;
  let vault: Vault;
  const opened: Vault[] = [];
  const open = async (options: Partial<VaultOptions> = {}) => {
    const another = await Vault.open(database.url, { masterKey, ...options });
    opened.push(another);
    return another;
  };
  const keyOf = async (of: Vault, subject: string) =>
    (await of.keysOf([subject])).get(of.subjectIdOf(subject))?.key.export();

  beforeAll(async () => {
    database = await testDatabase();
    await Promise.all([migrateVault(database.url), migrateVault(database.url)]);
    vault = await open();
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await database.drop();
  });

  describe('a subject id', () => {
    it('is the same in every process that opens the vault, at the same moment too', async () => {
      const [a, b] = await Promise.all([open(), open()]);
      expect(a.subjectIdOf('user:42')).toBe(b.subjectIdOf('user:42'));
      expect(a.subjectIdOf('user:42')).toMatch(UUID);
      expect(a.subjectIdOf('user:42')[14]).toBe('8');
    });

    it('is another in another vault', async () => {
      const other = await testDatabase();
      await migrateVault(other.url);
      const foreign = await Vault.open(other.url, { masterKey });
      expect(foreign.subjectIdOf('user:42')).not.toBe(vault.subjectIdOf('user:42'));
      await foreign.close();
      await other.drop();
    });

    it('does not depend on how a mail address is spelt, but on everything else', () => {
      expect(vault.subjectIdOf('email: Ann@Example.org ')).toBe(vault.subjectIdOf('email:ann@example.org'));
      expect(vault.subjectIdOf('user:Ann')).not.toBe(vault.subjectIdOf('user:ann'));
      expect(vault.subjectIdOf('user:ann ')).not.toBe(vault.subjectIdOf('user:ann'));
    });
  });

  it('gives one key a purpose, the same to every process', async () => {
    const other = await open();
    const [here, there] = await Promise.all([vault.purposeKey('rejected'), other.purposeKey('rejected')]);
    expect(here.symmetricKeySize).toBe(32);
    expect(there.equals(here)).toBe(true);
    expect((await vault.purposeKey('exports')).equals(here)).toBe(false);
  });

  it('gives an event id that tells the parts apart', () => {
    const subjectId = vault.subjectIdOf('user:1');
    expect(eventIdOf('/shop', 'A-1', subjectId)).toMatch(UUID);
    expect(eventIdOf('/shop', 'A-1', subjectId)[14]).toBe('5');
    expect(eventIdOf('/shop', 'A-1', subjectId)).toBe(eventIdOf('/shop', 'A-1', subjectId));
    const others = [
      eventIdOf('/shopA', '-1', subjectId),
      eventIdOf('/shop3:', 'A-1', subjectId),
      eventIdOf('/shop', 'A-1', randomUUID()),
      eventIdOf('A-1', '/shop', subjectId),
    ];
    expect(new Set([...others, eventIdOf('/shop', 'A-1', subjectId)])).toHaveProperty('size', 5);
  });

  it('has event ids that never change', () => {
    expect(eventIdOf('/shop', 'A-1', '00000000-0000-8000-8000-000000000000')).toBe(
      '49a444c5-d733-5d40-9425-daa3fb3096a7',
    );
  });

  describe('keys', () => {
    it('are one a subject, however many processes ask first', async () => {
      const processes = await Promise.all([open(), open(), open(), open()]);
      const subjects = Array.from({ length: 200 }, (_, n) => `user:race-${n}`);
      const maps = await Promise.all(
        processes.map((process, n) => process.keysOf(n % 2 ? subjects : subjects.toReversed())),
      );
      const [first, ...rest] = maps;
      expect(first?.size).toBe(200);
      for (const map of rest)
        for (const [id, { key }] of map) expect(first?.get(id)?.key.equals(key)).toBe(true);
    });

    it('are read back by a process that knows none, and not for unknown subjects', async () => {
      const key = await keyOf(vault, 'user:read-back');
      const id = vault.subjectIdOf('user:read-back');
      const found = await (await open()).openKeys([id, randomUUID()]);
      expect([...found.keys()]).toEqual([id]);
      expect(found.get(id)?.export()).toEqual(key);
    });

    it('are remembered: a known one needs no database, a forgotten one does', async () => {
      const small = await open({ cacheSize: 2 });
      for (const subject of ['user:c1', 'user:c2', 'user:c3']) await small.keysOf([subject]);
      await database.pool.query('begin; alter table vault.subject_key rename to hidden; commit');
      try {
        expect((await small.keysOf(['user:c3', 'user:c2'])).size).toBe(2);
        await expect(small.keysOf(['user:c1'])).rejects.toThrow('subject_key');
      } finally {
        await database.pool.query('alter table vault.hidden rename to subject_key');
      }
    });

    it('are nowhere in the database as they are', async () => {
      const key = await keyOf(vault, 'user:bytes');
      const { rows } = await database.pool.query<{ wrapped_key: Buffer; sealed_identifier: string }>(
        'select * from vault.subject_key where wrapped_key is not null',
      );
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row.wrapped_key.includes(key ?? '')).toBe(false);
        expect(row.sealed_identifier).toMatch(/^sealed:1:[\w-]+$/);
      }
    });

    it('can not be moved from one subject to another in the database', async () => {
      await vault.keysOf(['user:from', 'user:to']);
      await database.pool.query(
        'update vault.subject_key set wrapped_key = (select wrapped_key from vault.subject_key where subject_id = $1) where subject_id = $2',
        [vault.subjectIdOf('user:from'), vault.subjectIdOf('user:to')],
      );
      await expect((await open()).keysOf(['user:to'])).rejects.toThrow(MasterKeyError);
    });
  });

  describe('erasing', () => {
    it('destroys the key and the identifier for good', async () => {
      const id = vault.subjectIdOf('user:erased');
      await vault.keysOf(['user:erased']);
      await vault.erase([id]);
      const erasedAt = await vault.erased([id, vault.subjectIdOf('user:kept')]);
      expect([...erasedAt.keys()]).toEqual([id]);
      expect(await vault.openKeys([id])).toEqual(new Map());
      expect(await vault.keysOf(['user:erased'])).toEqual(new Map());
      expect(await (await open()).keysOf(['user:erased'])).toEqual(new Map());
      await vault.erase([id, id]);
      expect(await vault.erased([id])).toEqual(erasedAt);
      const { rows } = await database.pool.query(
        'select wrapped_key, sealed_identifier from vault.subject_key where subject_id = $1',
        [id],
      );
      expect(rows).toEqual([{ wrapped_key: null, sealed_identifier: null }]);
    });

    it('holds for a subject that was never seen before', async () => {
      await vault.erase([vault.subjectIdOf('user:unseen')]);
      expect(await vault.keysOf(['user:unseen'])).toEqual(new Map());
    });

    it('is noticed by other processes when their memory ends', async () => {
      const other = await open({ cacheAge: 30 });
      const id = vault.subjectIdOf('user:elsewhere');
      await other.keysOf(['user:elsewhere']);
      await vault.erase([id]);
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect(await other.openKeys([id])).toEqual(new Map());
    });
  });

  describe('the master key', () => {
    it.each(['', 'c2hvcnQ=', randomBytes(33).toString('base64'), '!'.repeat(44)])(
      '%j is refused: not 32 bytes',
      async (wrong) => {
        await expect(open({ masterKey: wrong })).rejects.toThrow('32 bytes in hexadecimal or base64');
      },
    );

    it('is the same in every way that it can be written', async () => {
      const other = await testDatabase();
      await migrateVault(other.url);
      // Bytes whose base64 has all that the two alphabets write differently, and padding
      const bytes = Buffer.alloc(32, 0xfb);
      const ids = new Set<string>();
      for (const written of ['hex', 'base64', 'base64url'] as const) {
        const vault = await Vault.open(other.url, { masterKey: bytes.toString(written) });
        ids.add(vault.subjectIdOf('user:ann'));
        await vault.close();
      }
      expect(ids.size).toBe(1);
      await other.drop();
    });

    it('of another vault is refused with a clear message', async () => {
      await expect(open({ masterKey: aMasterKey() })).rejects.toThrow(
        new MasterKeyError('This master key does not open this vault.'),
      );
    });

    it('can be replaced while services run, and changes no id and no key', async () => {
      const other = await testDatabase();
      await migrateVault(other.url);
      const [old, next] = [aMasterKey(), aMasterKey()];
      const before = await Vault.open(other.url, { masterKey: old });
      const key = await keyOf(before, 'user:before');
      await before.keysOf(['user:gone']);
      await before.erase([before.subjectIdOf('user:gone')]);
      const purpose = await before.purposeKey('rejected');

      const during = await Vault.open(other.url, { masterKey: next, formerMasterKeys: [old] });
      const young = await keyOf(during, 'user:during');
      expect(await during.rewrap()).toBe(2);
      expect(await during.rewrap()).toBe(0);

      const after = await Vault.open(other.url, { masterKey: next });
      expect(after.subjectIdOf('user:before')).toBe(before.subjectIdOf('user:before'));
      expect(await keyOf(after, 'user:before')).toEqual(key);
      expect(await keyOf(after, 'user:during')).toEqual(young);
      expect((await after.purposeKey('rejected')).equals(purpose)).toBe(true);
      expect(await keyOf(after, 'user:gone')).toBeUndefined();
      await expect(Vault.open(other.url, { masterKey: old })).rejects.toThrow(MasterKeyError);
      await Promise.all([before, during, after].map((each) => each.close()));
      await other.drop();
    });
  });
});
