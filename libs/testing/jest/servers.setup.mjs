import { clearAfter } from './leavings.watch.mjs';
import prepareKafka from './kafka.setup.mjs';
import startPostgres from './postgres.setup.mjs';

export default async function start() {
  prepareKafka();
  await startPostgres();
  const folders = [process.env.TEST_KAFKA_FOLDER, globalThis.testPostgres?.folder].filter(Boolean);
  clearAfter(process.pid, folders);
}
