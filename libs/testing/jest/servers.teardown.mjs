import stopKafka from './kafka.teardown.mjs';
import stopPostgres from './postgres.teardown.mjs';

export default async function stop() {
  await Promise.all([stopKafka(), stopPostgres()]);
}
