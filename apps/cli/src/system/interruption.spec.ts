import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
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

  it('ends what it has begun, though it is told twice in the same moment', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const stopped = toldToStop(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      process.emit('SIGINT', 'SIGINT');
      return 'stopped in order';
    });
    expect(await stopped).toBe('stopped in order');
    expect(exit).not.toHaveBeenCalled();
    exit.mockRestore();
  });

  it('ends at once when it is told again', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const now = Date.now();
    await toldToStop(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      jest.spyOn(Date, 'now').mockReturnValue(now + 60_000);
      process.emit('SIGINT', 'SIGINT');
    });
    expect(exit).toHaveBeenCalledWith(130);
    jest.restoreAllMocks();
  });
});
