import { setTimeout as sleep } from 'node:timers/promises';
import { interruptible, Interrupted } from './interruption.js';

describe('work that is told to stop', () => {
  const toldToStop = <Result>(work: (signal: AbortSignal) => Promise<Result>) =>
    interruptible((signal) => {
      setImmediate(() => process.emit('SIGTERM', 'SIGTERM'));
      return work(signal);
    });

  it('is interrupted, also in the middle of a pause', async () => {
    const pause = toldToStop((signal) => sleep(60_000, undefined, { signal }));
    await expect(pause).rejects.toEqual(new Interrupted(143));
    await expect(pause).rejects.toHaveProperty('exitCode', 143);
  });

  it('fails with what it fails with', async () => {
    const broken = toldToStop(async () => {
      await sleep(20);
      throw new Error('The file is broken.');
    });
    await expect(broken).rejects.toThrow('The file is broken.');
  });
});
