import { run } from './program.js';

// Not process.exit(): what was printed may still be on its way.
process.exitCode = await run(process.argv.slice(2));
