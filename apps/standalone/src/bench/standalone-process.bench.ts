import { startStandalone } from '../standalone.js';

/*
 * A standalone in a process of its own, so that its memory is its own. Told what to do by the process that
 * forked it; stops when that one is gone.
 */
const data = process.argv[2] ?? '';
const standalone = await startStandalone({ data, port: 0, sample: false, logLevel: 'error' });
const stop = async () => {
  await standalone.stop();
  process.exit(0);
};
process.on('disconnect', () => void stop());
process.on('SIGINT', () => undefined);
process.on('message', (asked: string) => {
  if (asked === 'catch up') void standalone.caughtUp(3_600_000).then(() => process.send?.('caught up'));
});
process.send?.({ url: standalone.url, databaseUrl: standalone.databaseUrl });
