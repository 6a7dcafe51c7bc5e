import { JournalUrlError } from '../journal.errors.js';

export interface EventStoreAddress {
  /** For the client, which knows nothing of the prefix. */
  connectionString: string;
  /** What the names of all our streams begin with. */
  prefix: string;
  /** Hosts and ports: for messages, which must not show a password. */
  servers: string;
}

const FORM = /^(esdb(?:\+discover)?:\/\/)(?:([^@/]*)@)?([^/?@]+)\/?(?:\?(.*))?$/;
const PREFIX = /^[A-Za-z][A-Za-z0-9_]*$/;
const EXAMPLE = 'esdb://user:password@host:2113?tls=true';

/**
 * Takes a `JOURNAL_URL` apart: EventStoreDB's connection string
 * (https://developers.eventstore.com/clients/grpc/#connection-string), and `prefix`, which is ours.
 * Throws `JournalUrlError`, without the URL, which may hold a password.
 */
export function eventStoreAddress(url: string): EventStoreAddress {
  const [, scheme = '', user, servers = '', query = ''] = FORM.exec(url.trim()) ?? [];
  if (!scheme) throw new JournalUrlError(`JOURNAL_URL must look like ${EXAMPLE}.`);
  if (user !== undefined && !user.includes(':'))
    throw new JournalUrlError(`JOURNAL_URL names a user without a password; it must look like ${EXAMPLE}.`);
  const parameters = query.split('&').filter(Boolean);
  const isPrefix = (parameter: string) => parameter.startsWith('prefix=');
  const prefix = parameters.find(isPrefix)?.slice('prefix='.length) ?? 'perennial';
  if (!PREFIX.test(prefix))
    throw new JournalUrlError(
      'The prefix in JOURNAL_URL may have letters, digits and _, and begins with a letter.',
    );
  const others = parameters.filter((parameter) => !isPrefix(parameter));
  for (const parameter of others) check(parameter);
  const credentials = user === undefined ? '' : `${user}@`;
  const settings = others.length > 0 ? `?${others.join('&')}` : '';
  return { connectionString: `${scheme}${credentials}${servers}${settings}`, prefix, servers };
}

/** What the client knows, in any case and with or without dashes. Of others it would print a warning with the URL in it. */
const SETTINGS = new Set([
  'connectionname',
  'defaultdeadline',
  'discoveryinterval',
  'gossiptimeout',
  'keepaliveinterval',
  'keepalivetimeout',
  'maxdiscoverattempts',
  'nodepreference',
  'tls',
  'tlscafile',
  'usercertfile',
  'userkeyfile',
]);

function check(parameter: string): void {
  const [name = '', value] = parameter.split('=');
  const flat = name.toLowerCase().replaceAll(/[_-]/g, '');
  if (flat === 'tlsverifycert')
    throw new JournalUrlError(
      'tlsVerifyCert in JOURNAL_URL has no effect: name the certificate of the authority with tlsCAFile.',
    );
  if (!SETTINGS.has(flat))
    throw new JournalUrlError(`JOURNAL_URL has a setting that is not known: "${name}".`);
  if (!value) throw new JournalUrlError(`JOURNAL_URL has a setting without a value: "${name}".`);
}
