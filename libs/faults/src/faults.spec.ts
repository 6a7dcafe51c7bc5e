import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canUseMaven, describeWithOwnKafka } from '@perennial/testing';
import { faults } from './faults.js';
import { runFaults, type Result } from './run.js';

/** The short sets: those that have found something, and that take a few seconds each. */
const SHORT = {
  postgres: [
    'service-killed',
    'collector-killed',
    'database-crashes',
    'zombie',
    'poison',
    'newer-version',
    'identity-moves',
  ],
  kafka: ['service-killed', 'collector-killed', 'kafka-away'],
};

/** `npm run faults` plays them all on any seed; here always the same one, so that a change alone makes a difference. */
const seed = process.env.FAULTS_SEED ?? '2026';

const prepare = fileURLToPath(new URL('../../../apps/cli/bin/prepare.mjs', import.meta.url));

interface Run {
  folder: string;
  results: Result[];
}

async function run(stream: keyof typeof SHORT): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-faults-'));
  const results = await runFaults({
    faults: faults.filter(({ name }) => SHORT[stream].includes(name)),
    seed,
    folder,
    replicas: { collector: 1, acquisition: 1, retention: 2 },
    stream,
    seconds: 5,
    // Other tests run on the same cores: `npm run faults` asks for ten seconds.
    backWithin: 45,
  });
  return { folder, results };
}

/** Both at the same time: most of what they do is to wait. */
const runs = new Map<keyof typeof SHORT, Promise<Run>>();

beforeAll(async () => {
  // Processes run what was built.
  expect(spawnSync(process.execPath, [prepare, '--build']).status).toBe(0);
  for (const stream of canUseMaven() ? (['postgres', 'kafka'] as const) : (['postgres'] as const))
    runs.set(stream, run(stream));
  await Promise.all(runs.values());
}, 600_000);
afterAll(async () => {
  for (const { folder } of await Promise.all(runs.values())) rmSync(folder, { recursive: true, force: true });
});

const survive = (stream: keyof typeof SHORT) =>
  it.each(SHORT[stream])('survive: %s', async (name) => {
    const { folder, results } = await runs.get(stream)!;
    const result = results.find((one) => one.name === name);
    const history = readFileSync(join(folder, 'shared', 'history.log'), 'utf8');
    if (result?.outcome !== 'survived')
      throw new Error(
        `npm run faults -- --stream ${stream} --only ${name} --seed ${seed}\n${result?.because.join('\n')}\n${history.split('\n').slice(-40).join('\n')}`,
      );
    expect(result.events).toBeGreaterThan(0);
  });

describe('separate processes on a real PostgreSQL', () => survive('postgres'));
describeWithOwnKafka('separate processes on a real PostgreSQL and a real Kafka', () => survive('kafka'));
