import { spawn } from 'node:child_process';

/**
 * A run that is killed has no teardown: when the process is gone, PostgreSQL in these folders is ended, and what is left
 * of the folders removed. Kafka has a watch of its own.
 */
const SCRIPT = `
owner=$1; shift
while kill -0 "$owner"; do sleep 1; done
for folder do
  [ -f "$folder/postgres/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$folder/postgres/postmaster.pid")"
done
sleep 2
rm -rf -- "$@"`;

export function clearAfter(owner, folders) {
  const options = { detached: true, stdio: 'ignore' };
  spawn('sh', ['-c', SCRIPT, 'leavings', String(owner), ...folders], options).unref();
}
