/** A setting names a database that can't be used as it is; the message says which, and what to do. */
export class DatabaseSettingError extends Error {
  /** sysexits.h: the configuration is wrong. */
  readonly exitCode = 78;
}

/** A database can't be reached at the moment. The same may be tried again. */
export class DatabaseUnavailable extends Error {
  /** sysexits.h: a service is unavailable. */
  readonly exitCode = 69;
}

/** What Node says of connections, and PostgreSQL where it is starting, stopping or full. */
const AWAY =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08\w{3}|57P0\d|53\w{3})$/;
/** What `pg` says without a code when a connection ends or none is to be had. */
const LOST = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;
/** A password that is wrong or missing; a login that pg_hba.conf does not provide for. */
const NOT_LET_IN = /^(28P01|28000)$/;
const NO_PASSWORD = /client password must be a/;
const NO_SUCH_DATABASE = '3D000';
const NOT_ALLOWED = '42501';
/** What Node says of certificates: SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_HAS_EXPIRED … */
export const OF_CERTIFICATES = /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;
/** What `pg` says where only one side wants TLS. */
const NO_TLS = /does not support SSL/;

/** Code and text; of several addresses that were tried, the first one's. Errors come from other realms, too. */
function said(error: unknown): { code: string; text: string } {
  if (typeof error !== 'object' || error === null) return { code: '', text: String(error) };
  const { code = '', message, errors } = error as { code?: unknown; message?: string; errors?: Error[] };
  return { code: String(code), text: message || errors?.[0]?.message || String(code) };
}

/** Whether the same may succeed later: connections refused or lost, and PostgreSQL that is starting, stopping or full. */
export function isUnreachable(error: unknown): boolean {
  const { code, text } = said(error);
  return AWAY.test(code) || LOST.test(text);
}

/**
 * What the operator is told when a database can't be opened; `database` begins the sentence, e.g. "The database of
 * JOURNAL_URL". Other errors are answered as they are.
 */
export function explainedDatabase(error: unknown, database: string): unknown {
  const { code, text } = said(error);
  const unusable = (what: string) => new DatabaseSettingError(`${database} ${what}`, { cause: error });
  if (NOT_LET_IN.test(code) || NO_PASSWORD.test(text))
    return unusable(`does not let us in (${text}): look at its user and password.`);
  if (code === NO_SUCH_DATABASE) return unusable(`is not there (${text}): create it, or name another one.`);
  if (code === NOT_ALLOWED)
    return unusable(`does not allow it to our user (${text}): the user must be allowed to create schemas.`);
  if (OF_CERTIFICATES.test(code) || NO_TLS.test(text))
    return unusable(`does not speak TLS as its address wants it (${text}): look at sslmode and sslrootcert.`);
  if (isUnreachable(error))
    return new DatabaseUnavailable(`${database} can't be reached (${text}): does it run?`, { cause: error });
  return error;
}
