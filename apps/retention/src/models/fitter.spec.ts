import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** What is loaded by a thread is what was built, so it is tried in a process of its own. */
const program = `
import { fitModels } from './fit.js';
import { Fitter } from './fitter.js';

const size = 20000;
const column = (value) => Int32Array.from({ length: size }, (_, row) => value(row));
const basis = () => ({
  statistics: {
    size,
    customerId: Buffer.alloc(16 * size),
    firstDay: column((row) => 19000 + (row % 900)),
    lastDay: column((row) => 19000 + (row % 900) + (row % 7 === 0 ? row % 90 : 0)),
    orderDays: column((row) => (row % 7 === 0 && row % 90 > 0 ? 2 + (row % 5) : 1)),
    value: Float64Array.from({ length: size }, (_, row) => 20 + (row % 13)),
    announced: new Int8Array(size),
  },
  day: 20000,
  asOf: '2024-10-04',
  reason: 'first',
  version: 1,
  assumptions: { horizonDays: 365, discountRate: 0.1, marginRate: 1, elevatedRisk: 0.5, highRisk: 0.8, hysteresis: 0.05 },
});

const [beside, given] = [new Fitter(), basis()];
let [longest, last] = [0, performance.now()];
const watch = setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 5);
const began = performance.now();
const fitted = await beside.fit(given);
const took = performance.now() - began;
clearInterval(watch);

const none = { ...basis(), statistics: { ...basis().statistics, size: 0 } };
const failed = await beside.fit(none).catch(({ message }) => message);
// Given up in its midst, and before this thread is busy: else the timer may come after the fit.
setTimeout(() => beside.stop(), took / 10);
const stopped = await beside.fit(basis()).catch(({ name }) => name);
console.log(JSON.stringify({
  same: JSON.stringify(fitted) === JSON.stringify(fitModels(basis())),
  share: longest / took,
  emptied: given.statistics.orderDays.length === 0,
  failed,
  stopped,
  later: await beside.fit(basis()).catch(({ name }) => name),
}));
`;

it('A fit in a thread answers what it would here, leaves the service free meanwhile, and can be given up', () => {
  const built = spawnSync(process.execPath, [path('../../../cli/bin/prepare.mjs'), '--build']);
  expect(built.status).toBe(0);
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: path('../../dist/models'),
    encoding: 'utf8',
  });
  // Node warns of a cycle among others' packages, once in many starts: it is not about the thread.
  const others = /^\(node:\d+\) Warning: Accessing non-existent property .*\n\(Use .*\n/gm;
  expect(stderr.replaceAll(others, '')).toBe('');
  const { share, ...said } = JSON.parse(stdout) as { share: number };
  expect(said).toEqual({
    same: true,
    emptied: true,
    failed: 'No customer has an order or a subscription up to 2024-10-04.',
    stopped: 'FitStopped',
    later: 'FitStopped',
  });
  expect(share).toBeLessThan(0.5);
}, 180_000);
