import { writeSync } from 'node:fs';
import { lifetimeValueFigures } from './lifetime-value.bench.js';

// Whoever started this one is gone, or has what it wants.
process.on('disconnect', () => process.exit());
const [customers, rounds, folder = ''] = process.argv.slice(2);
process.send!(
  await lifetimeValueFigures({
    customers: Number(customers),
    rounds: Number(rounds),
    folder,
    say: (text) => writeSync(2, `bench: ${text} …\n`),
  }),
);
