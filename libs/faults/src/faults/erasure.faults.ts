import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { must, until, victim, type Fault, type World } from '../fault.js';
import type { System } from '../system/system.js';
import { rebuildAll, rebuilt } from './rebuild.faults.js';

interface Person {
  customerId: string;
  email: string;
}

/** Somebody whose mail address is known, and nobody else's. */
async function someone({ system, choices }: World): Promise<Person> {
  const { rows } = await system.pool.query<Person>(
    `select s.customer_id as "customerId", min(p.email) as email
       from acquisition_tables.profile p join acquisition_tables.subject s using (subject_id)
      group by 1 having count(distinct p.email) = 1
         and not exists (select from acquisition_tables.profile other join acquisition_tables.subject o using (subject_id)
                          where other.email = min(p.email) and o.customer_id <> s.customer_id)
      order by 1`,
  );
  must(rows.length > 0, 'nobody has told a mail address yet');
  return choices.pick(rows);
}

/** Tables of all schemas, the ones that are being built too, that hold a text in any column. */
async function tablesWith({ pool }: System, text: string): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    // One that is switched away meanwhile is not there to hold anything.
    const { rows } = await pool
      .query(`select from ${name} t where position($1 in t::text) > 0 limit 1`, [text])
      .catch(() => ({ rows: [] }));
    if (rows.length > 0) found.push(name);
  }
  return found;
}

/** Files below a folder that hold a text as it is. */
const filesWith = (folder: string, text: string): string[] =>
  spawnSync('grep', ['-rlF', text, folder], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);

export const erasedMeanwhile: Fault = {
  number: 20,
  name: 'erased-meanwhile',
  title: 'a person is erased in the middle of a rebuild, which has read who it was',
  async cause(world) {
    const { system, traffic, history } = world;
    await traffic.flows(300, 60_000);
    await until('everything is applied', async () => (await system.backlog().catch(() => 1)) === 0, 60_000);
    const { customerId, email } = await someone(world);
    const { url } = await victim(world, 'acquisition');
    const builder = await system.add('acquisition', {
      // What was read is loaded by then, and not yet where it is seen.
      trap: { application: 'read models', query: '^analyze ', when: 'before', time: 1, signal: 'SIGSTOP' },
    });
    const building = rebuilt(builder.url ?? '', 'acquisition');
    await builder.untilStopped();
    history.note(`${builder.name} stands still in its rebuild`);
    must(
      (await tablesWith(system, email)).includes('acquisition_tables.profile'),
      'the person is not to be seen where it should be before',
    );
    const response = await fetch(`${url}/api/acquisition/customers/${customerId}/erase`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"reason": "asked for"}',
    });
    must(response.status === 202, `the erasure was answered with ${response.status}`);
    history.note('a person is erased');
    builder.signal('SIGCONT');
    if (!(await building)?.result) await rebuildAll(world, 'acquisition');
    await until('the certificate is complete', () => isComplete(world, customerId), 60_000);
    await traffic.flows(60);
    const tables = await tablesWith(system, email);
    must(tables.length === 0, `the person is still in ${tables.join(', ')}`);
    const folders = [join(system.folder, 'logs'), ...(system.kafka ? [join(system.folder, 'kafka')] : [])];
    const files = folders.flatMap((folder) => filesWith(folder, email));
    must(files.length === 0, `the person is still in ${files.join(', ')}`);
    await system.remove(builder);
  },
};

async function isComplete(world: World, customerId: string): Promise<boolean> {
  const { url } = await victim(world, 'acquisition');
  const response = await fetch(`${url}/api/acquisition/customers/${customerId}/erasure`).catch(
    () => undefined,
  );
  return response?.status === 200 && ((await response.json()) as { complete: boolean }).complete;
}
