import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only makes room: Kafka itself is started by the first test file that asks (`sharedKafka`). */
export default function prepare() {
  process.env.TEST_KAFKA_FOLDER = mkdtempSync(join(tmpdir(), 'perennial-test-kafka-'));
  process.env.TEST_RUN_PID = String(process.pid);
}
