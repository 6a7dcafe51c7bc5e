import { jest } from '@jest/globals';
import { Log } from '../logs/log.js';
import { Health } from './health.js';

const lines: string[] = [];
const health = new Health(
  new Log({ service: 'retention', destination: { write: (line) => lines.push(line) } }),
);

it('says in a line why a check fails, once a minute, however often it is asked', async () => {
  health.register('database', () => Promise.reject(new Error('the database does not answer')));
  health.register('journal', () => Promise.reject(new Error('the journal does not answer')));
  const asked = async () => {
    expect((await health.readiness()).checks).toEqual({ database: 'down', journal: 'down' });
    return lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const told = await asked();
  expect(told).toMatchObject([
    { message: 'health check failed', check: 'database', problem: 'the database does not answer' },
    { message: 'health check failed', check: 'journal', problem: 'the journal does not answer' },
  ]);
  expect(JSON.stringify(told)).not.toContain('stack');
  expect(await asked()).toEqual([]);
  const now = performance.now();
  const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 61_000);
  expect(await asked()).toHaveLength(2);
  clock.mockRestore();
});
