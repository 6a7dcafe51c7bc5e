/**
 * A process that stands still (a paused machine, a stuck disk) keeps its connections, and with them the locks that others
 * wait for: no network notices. So whoever holds such a lock says again and again that it lives, and the server ends the
 * session of one that doesn't: the lock is free, what was not committed is undone, and a process that goes on after all
 * finds that its session is gone.
 */

/** Seconds of silence after which the server ends the session. Nothing that keeps an event loop busy takes so long. */
const SILENCE = 10;
/** How often the owner says that it lives, in milliseconds. */
const PULSE = 2_000;

/** Inside a transaction: from now on, and until it ends. */
export const endSilentTransaction = `set local idle_in_transaction_session_timeout to '${SILENCE}s'`;

/** For locks of the session: in transactions and between them, until `keepSilentSession`. */
export const endSilentSession = `set idle_session_timeout to '${SILENCE}s'; set idle_in_transaction_session_timeout to '${SILENCE}s'`;
export const keepSilentSession = 'reset idle_session_timeout; reset idle_in_transaction_session_timeout';

interface Session {
  query(text: string): Promise<unknown>;
}

const awakeSessions = new WeakSet<Session>();

/** Says that its owner lives, for as long as the work on a session goes on; it may compute or wait for others meanwhile. */
export async function awake<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  if (awakeSessions.has(session)) return work();
  awakeSessions.add(session);
  let asking = false;
  const pulse = setInterval(() => {
    // Behind a statement that takes long, one is enough.
    if (asking) return;
    asking = true;
    const asked = () => (asking = false);
    session.query('select').then(asked, asked);
  }, PULSE);
  try {
    return await work();
  } finally {
    clearInterval(pulse);
    awakeSessions.delete(session);
  }
}

/** Both for the rest of a transaction: its owner says that it lives, and the server ends it when it no longer does. */
export async function awakeInTransaction<Result>(
  session: Session,
  work: () => Promise<Result>,
): Promise<Result> {
  await session.query(endSilentTransaction);
  return awake(session, work);
}
