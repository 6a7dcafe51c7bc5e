import { newEventType } from './new-event-type.mjs';

const kinds = { 'event-type': newEventType };

const [kind, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(kinds, kind ?? '') || rest.length === 0) {
  console.error('npm run new event-type order.shipped [folder]');
  process.exit(64);
}
try {
  await kinds[kind](...rest);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
