import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import type { Engines, Moved } from '../migrate/migrate.run.js';
import { interruptible } from '../system/interruption.js';
import { SettingProblem, UsageProblem } from '../system/problem.js';
import { loadStandalone } from '../system/standalone.js';
import { print } from '../terminal/output.js';
import { number, Progress } from '../terminal/progress.js';
import { jsonCommand } from './options.js';

interface MigrateOptions {
  data: string;
  fromJournal?: string;
  fromDatabase?: string;
  fromVault?: string;
  toJournal: string;
  toDatabase: string;
  toVault?: string;
  json?: boolean;
}

const engine = (flag: string, description: string, variable?: string) => {
  const option = new Option(`${flag} <url>`, description);
  return variable ? option.env(variable) : option;
};

export const migrateCommand = (): Command =>
  jsonCommand(
    'migrate',
    'moves a stopped system to other engines: journal, keys, rejected events; read models are computed there',
  )
    .addOption(
      new Option('--data <folder>', 'the standalone to move').env('PERENNIAL_DATA_DIR').default('.perennial'),
    )
    .addOption(engine('--from-journal', 'journal to move, where it is no standalone'))
    .addOption(engine('--from-database', 'its database'))
    .addOption(engine('--from-vault', 'its vault (default: its database)'))
    .addOption(
      engine('--to-journal', 'new journal: postgres://… or esdb://…', 'JOURNAL_URL').makeOptionMandatory(),
    )
    .addOption(engine('--to-database', 'new database: postgres://…', 'DATABASE_URL').makeOptionMandatory())
    .addOption(engine('--to-vault', 'new vault (default: the new database)', 'VAULT_URL'))
    .action(migrate);

async function migrate(options: MigrateOptions): Promise<void> {
  const { toJournal, toDatabase, toVault, json = false } = options;
  const to: Engines = { journalUrl: toJournal, databaseUrl: toDatabase, vaultUrl: toVault ?? toDatabase };
  const progress = new Progress({ quiet: json });
  const { move } = await import('../migrate/migrate.run.js');
  const moved = await interruptible((signal) =>
    withSource(options, (from) =>
      move(from, to, signal, (stage, { events, of }) =>
        progress.show(of ? events / of : 1, `${stage}: ${number(events)} of ${number(of)} events`),
      ),
    ),
  ).finally(() => progress.end());
  print(moved, json, (all) => forPeople(all, options));
}

async function withSource<Result>(
  { data, fromJournal, fromDatabase, fromVault }: MigrateOptions,
  work: (from: Engines) => Promise<Result>,
): Promise<Result> {
  if (fromJournal !== undefined || fromDatabase !== undefined) {
    if (fromJournal === undefined || fromDatabase === undefined)
      throw new UsageProblem('--from-journal and --from-database belong together.');
    return work({ journalUrl: fromJournal, databaseUrl: fromDatabase, vaultUrl: fromVault ?? fromDatabase });
  }
  const { openStandaloneDatabase } = await loadStandalone();
  const database = await openStandaloneDatabase(resolve(data)).catch((error: unknown) => {
    throw new SettingProblem(error instanceof Error ? error.message : String(error));
  });
  try {
    return await work({ journalUrl: database.url, databaseUrl: database.url, vaultUrl: database.url });
  } finally {
    await database.stop();
  }
}

function forPeople({ events, samePositions, rows }: Moved, { data, fromJournal }: MigrateOptions): string {
  return [
    `${number(events)} events moved and compared: none is missing, every stream has its sequence${samePositions ? ' and every event its position' : ''}.`,
    ...Object.entries(rows).map(([table, count]) => `  ${table}: ${number(count)} rows`),
    '',
    `Start the services there with the MASTER_KEY of ${fromJournal === undefined ? `${data}/master.key` : 'the old ones'}; they compute their read models from the journal.`,
  ].join('\n');
}
