import prepareKafka from './kafka.setup.mjs';
import startPostgres from './postgres.setup.mjs';

export default async function start() {
  prepareKafka();
  await startPostgres();
}
