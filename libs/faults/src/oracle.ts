import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresJournal } from '@perennial/journal';
import type { System } from './system/system.js';
import type { Traffic } from './traffic.js';

export interface Expected {
  /** Bodies put in that must be among the rejected events, one row each. */
  rejected?: number;
  /** Events of the journal that no service can apply. */
  unapplied?: number;
  /** Events that did not come through the publishers, e.g. put into the journal directly. */
  others?: number;
  /** Orders that did not come through the publishers. */
  orders?: number;
  /** The journal was exchanged on purpose, so that what was acknowledged is not all there. */
  lost?: boolean;
}

export interface Verdict {
  /** Everything that is not as it must be; none when the fault was survived. */
  faults: string[];
  events: number;
}

/** Milliseconds until everything is ready and what was in the journal when we were asked is applied. */
export async function backAfter(system: System, limit = 60_000): Promise<number> {
  const began = Date.now();
  const { journal } = await whenever(() => system.positions());
  for (;;) {
    const isBack = (await system.isReady()) && (await system.backlog(journal).catch(() => Infinity)) === 0;
    if (isBack || Date.now() - began > limit) return Date.now() - began;
    await sleep(50);
  }
}

/** A restarted database may refuse the first question. */
async function whenever<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++)
    try {
      return await ask();
    } catch (error) {
      if (attempt > 200) throw error;
      await sleep(100);
    }
}

/** What must hold after every fault, when everything that was sent is acknowledged. */
export async function judge(system: System, traffic: Traffic, expected: Expected): Promise<Verdict> {
  const faults = [...traffic.surprises, ...system.takeFallen()];
  await settled(system).catch((error: unknown) => faults.push(String(error)));
  const check = async (title: string, ask: () => Promise<string[]>) => {
    const found = await whenever(ask);
    faults.push(...found.map((fault) => `${title}: ${fault}`));
  };
  await check('the journal', () => journalFaults(system));
  await check('the journal', () => contentFaults(system, traffic, expected));
  await check('orders', () => orderFaults(system, traffic, expected));
  await check('rejected events', () => rejectedFaults(system, expected));
  await check('events that can not be applied', () => unappliedFaults(system, expected));
  for (const service of system.reading) await check(service, () => differences(system, service));
  const { rows } = await system.journalPool.query<{ events: string }>(
    'select count(*) as events from journal.event',
  );
  return { faults, events: Number(rows[0]?.events) };
}

/** Resolves when everything in the journal, with the decisions that follow, is applied. */
async function settled(system: System): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    const [before, behind, decisions] = [
      await events(system),
      await system.backlog().catch(() => 1),
      await undecided(system).catch(() => 1),
    ];
    if (behind === 0 && decisions === 0 && before === (await events(system))) return;
    if (Date.now() > end) {
      const positions = await system.positions();
      throw new Error(
        `${behind} events were not applied after 60 s: ${JSON.stringify([...positions.applied].map(([service, applied]) => [service, [...positions.journal].filter(([shard, position]) => position !== applied.get(shard))]))}`,
      );
    }
    await sleep(100);
  }
}

const events = async ({ journalPool }: System) => {
  const { rows } = await journalPool.query<{ events: string }>(
    'select count(*) as events from journal.event',
  );
  return Number(rows[0]?.events);
};

/** Decisions that are not in the journal yet. */
async function undecided({ pool, reading }: System): Promise<number> {
  let waiting = 0;
  for (const service of reading) {
    const { rows } = await pool.query<{ waiting: string }>(
      `select count(*) as waiting from ${service}_tables.outbox`,
    );
    waiting += Number(rows[0]?.waiting);
  }
  return waiting;
}

/** Positions and versions without holes, each event linked to the one before it. */
async function journalFaults({ journalUrl }: System): Promise<string[]> {
  const journal = new PostgresJournal(journalUrl, { readers: 2 });
  try {
    return (await journal.checkIntegrity()).map((fault) => JSON.stringify(fault));
  } finally {
    await journal.close();
  }
}

/** Exactly what was sent, each once; besides it only our own decisions. */
async function contentFaults(
  { journalPool }: System,
  { sent }: Traffic,
  { others = 0, lost = false }: Expected,
) {
  const { rows } = await journalPool.query<{ source: string; id: string; times: string }>(
    `select source, id, count(*) as times from journal.event where source not like '/perennial/%' group by source, id`,
  );
  const found = new Map(rows.map(({ source, id, times }) => [`${source} ${id}`, Number(times)]));
  const faults = [...found]
    .filter(([, times]) => times > 1)
    .map(([key, times]) => `${key} is there ${times} times`);
  const missing = [...sent.keys()].filter((key) => !found.has(key));
  if (missing.length > 0 && !lost)
    faults.push(`${missing.length} acknowledged events are missing, e.g. ${missing[0]}`);
  const strange = [...found.keys()].filter((key) => !sent.has(key));
  if (strange.length > others) faults.push(`${strange.length} events were never sent, e.g. ${strange[0]}`);
  return faults.slice(0, 10);
}

/** A count that needs none of our folding: each order that was sent is one row, however often it was told. */
async function orderFaults(
  system: System,
  { sent }: Traffic,
  { lost = false, orders: others = 0 }: Expected,
): Promise<string[]> {
  if (!system.reading.includes('retention') || lost) return [];
  const orders = new Set(
    [...sent.values()].flatMap((event) =>
      event.type === 'order.placed' ? [(event.data as { orderId: string }).orderId] : [],
    ),
  );
  const { rows } = await system.pool.query<{ orders: string }>(
    'select count(*) as orders from retention_tables."order" where placed_at is not null',
  );
  const counted = Number(rows[0]?.orders);
  const sentInAll = orders.size + others;
  return counted === sentInAll ? [] : [`retention counts ${counted}, ${sentInAll} were sent`];
}

async function rejectedFaults({ pool }: System, { rejected = 0 }: Expected): Promise<string[]> {
  const { rows } = await pool.query<{ code: string; rows: string }>(
    'select code, count(*) as rows from collector.rejected group by code',
  );
  const kept = rows.reduce((sum, { rows: count }) => sum + Number(count), 0);
  return kept === rejected ? [] : [`${kept} are kept, ${rejected} were sent: ${JSON.stringify(rows)}`];
}

async function unappliedFaults(system: System, { unapplied = 0 }: Expected): Promise<string[]> {
  const faults: string[] = [];
  for (const service of system.reading) {
    const { rows } = await system.pool.query<{ reason: string; message: string }>(
      `select reason, message from ${service}_tables.unapplied`,
    );
    if (rows.length !== unapplied)
      faults.push(
        `${service} has set aside ${rows.length}, not ${unapplied}: ${JSON.stringify(rows[0] ?? '')}`,
      );
  }
  return faults;
}

interface Verified {
  result?: { differences: number; readModels: { name: string; differences: number; examples: unknown[] }[] };
  problem?: { message: string };
}

/** What `perennial verify` says: every read model computed anew from the journal, compared byte by byte. */
async function differences(
  system: System,
  service: 'acquisition' | 'interactions' | 'retention' | 'recommendations',
) {
  const [process] = system.of(service).filter(({ url, isPaused }) => url !== undefined && !isPaused);
  if (!process?.url) return ['no process of it runs'];
  const response = await fetch(`${process.url}/api/operations/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(120_000),
  });
  const last = JSON.parse((await response.text()).trim().split('\n').at(-1) ?? '{}') as Verified;
  if (!last.result) return [`verify failed: ${last.problem?.message ?? `status ${response.status}`}`];
  return last.result.readModels
    .filter(({ differences: count }) => count > 0)
    .map(
      ({ name, differences: count, examples }) =>
        `${name} differs in ${count} rows: ${JSON.stringify(examples).slice(0, 600)}`,
    );
}
