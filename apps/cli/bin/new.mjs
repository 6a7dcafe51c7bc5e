import { newEventType } from '../../../libs/events/bin/new-event-type.mjs';
import { newReadModel } from '../../../libs/read-models/bin/new-read-model.mjs';

/** `npm run new`: the files of a new part, which compile and whose tests run. */
const kinds = { 'event-type': newEventType, 'read-model': newReadModel };

const [kind, name, option] = process.argv.slice(2);
if (!Object.hasOwn(kinds, kind ?? '') || !name) {
  console.error('npm run new event-type order.shipped [folder]');
  console.error('npm run new read-model retention/visits/visits [page.viewed]');
  process.exit(64);
}
try {
  await kinds[kind](name, option);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
