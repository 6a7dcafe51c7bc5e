import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadStandalone, startedOrExplained } from '../system/standalone.js';
import { DEFAULT_DATA, withSystem } from '../system/system.js';
import { print } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { systemCommand, type CommonOptions } from './options.js';

interface Rekeyed {
  rewrapped: number;
  /** File of the former master key, of a standalone system. */
  formerKey?: string;
}

export const rekeyCommand = (): Command =>
  systemCommand(
    'rekey',
    'changes the master key: of a standalone system that is stopped; with --url, to the one that the system was given',
  ).action(async (options: CommonOptions) => {
    const rekeyed =
      options.url === undefined
        ? await rekeyStandalone(options.data ?? DEFAULT_DATA)
        : await withSystem(options, ({ client }) => client.post<Rekeyed>('/api/operations/rekey', {}));
    print(rekeyed, options.json, forPeople);
  });

/** What happens is finished by the next start if it is cut off here. */
async function rekeyStandalone(data: string): Promise<Rekeyed> {
  const { startStandalone } = await loadStandalone();
  const standalone = await startedOrExplained(data, () =>
    startStandalone({ data: resolve(data), port: 0, sample: false, renewMasterKey: true }),
  );
  await standalone.stop();
  return standalone.rekeyed ?? { rewrapped: 0 };
}

const forPeople = ({ rewrapped, formerKey }: Rekeyed): string =>
  [
    `${number(rewrapped)} keys are wrapped by the new master key.`,
    ...(formerKey
      ? [
          `The former one is in ${formerKey}: backups made until now need it. Keep it with them, apart from the data.`,
        ]
      : []),
  ].join('\n');
