import { randomBytes } from 'node:crypto';
import { migrateVault } from './migrate.js';
import { openEvents, sealEvents, type ReadableEvent } from './sealing.js';
import { Vault } from './vault.js';

/** Events a second. */
export interface PrivacyBenchResult {
  /** A profile of six personal fields, its subject known. */
  sealProfile: number;
  openProfile: number;
  /** An order: no personal field but its subject, which is known. */
  sealOrder: number;
  openOrder: number;
  /** The first event of each of as many subjects: a key is made and stored. */
  sealNewSubjects: number;
}

const event = (n: number, type: ReadableEvent['type'], data: ReadableEvent['data']): ReadableEvent => ({
  id: `E-${n}`,
  source: '/shop',
  type,
  subject: `user:${n % 10_000}`,
  time: '2026-03-01T12:00:00.000Z',
  dataVersion: 1,
  data,
});

const profile = (n: number) =>
  event(n, 'profile.updated', {
    email: `ann${n}@example.org`,
    phone: '+43 660 1234567',
    firstName: 'Ann',
    lastName: 'Lee',
    birthday: '1990-05-17',
    address: { street: 'Hill Road 5', city: 'Graz', postalCode: '8010', country: 'AT' },
    language: 'de',
  });
const order = (n: number) =>
  event(n, 'order.placed', {
    orderId: `A-${n}`,
    total: { amount: '59.80', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 2, price: { amount: '29.90', currency: 'EUR' } }],
  });

/** Measures sealing and opening in batches of 1,000, with a vault in an empty database. */
export async function privacyBench(url: string, count = 50_000): Promise<PrivacyBenchResult> {
  await migrateVault(url);
  const vault = await Vault.open(url, { masterKey: randomBytes(32).toString('base64') });
  const rate = async (total: number, batch: (start: number) => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    for (let done = 0; done < total; done += 1_000) await batch(done);
    return Math.round((total / (performance.now() - start)) * 1_000);
  };
  const thousand = (start: number, make: (n: number) => ReadableEvent) =>
    Array.from({ length: 1_000 }, (_, i) => make(start + i));
  const seal = (make: (n: number) => ReadableEvent) => (start: number) =>
    sealEvents(vault, thousand(start, make));
  const opening = async (make: (n: number) => ReadableEvent) => {
    const stored = (await sealEvents(vault, thousand(0, make))).map(({ streamId, event }) => ({
      ...event,
      streamId,
    }));
    return () => openEvents(vault, stored);
  };
  const sealNewSubjects = await rate(10_000, seal(order));
  const result = {
    sealProfile: await rate(count, seal(profile)),
    openProfile: await rate(count, await opening(profile)),
    sealOrder: await rate(count, seal(order)),
    openOrder: await rate(count, await opening(order)),
    sealNewSubjects,
  };
  await vault.close();
  return result;
}
