/** Removes each protection in turn and expects the named test to fail. `npm run mutants [part of a name]`. */
import { spawnSync } from 'node:child_process';
import { mutants } from './mutants.mjs';

const wanted = mutants.filter(({ name }) => name.includes(process.argv[2] ?? ''));
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
let unnoticed = 0;
for (const { name, noticedBy } of wanted) {
  const [file, test] = noticedBy;
  const run = spawnSync(
    process.execPath,
    [...jest, '--config', 'libs/testing/jest/jest.config.mjs', '--testTimeout', '30000', file, '-t', test],
    { env: { ...process.env, MUTANT: name, PROPERTY_RUNS: '60' }, encoding: 'utf8' },
  );
  const ran = /(\d+) passed, (\d+) failed/.exec(run.stdout ?? '');
  const noticed =
    run.status !== 0 &&
    Number(ran?.[2] ?? 0) > 0 &&
    !/Test suite failed to run/.test(run.stderr + run.stdout);
  if (!noticed) {
    unnoticed++;
    process.stderr.write(`${run.stdout}${run.stderr}\n`);
  }
  process.stdout.write(`${noticed ? 'noticed  ' : 'UNNOTICED'}  ${name}  (${file}: ${test})\n`);
}
process.stdout.write(`${wanted.length - unnoticed} passed, ${unnoticed} failed\n`);
process.exit(unnoticed ? 1 : 0);
