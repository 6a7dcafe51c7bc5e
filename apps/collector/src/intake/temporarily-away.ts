import { JournalBusy, JournalUnavailable } from '@perennial/journal';
import { RequestProblem } from '@perennial/service';

const LOST = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08\w{3}|57P0\d|53\w{3}|25006)$/;
/** What `pg` says without a code when a connection ends or none is to be had. */
const LOST_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** The cause is for the log. */
const problem = (cause: unknown, code: string, message: string, seconds: number) =>
  Object.assign(new RequestProblem(503, code, message, undefined, { 'retry-after': String(seconds) }), {
    cause,
  });

/**
 * The answer when events could not be committed for a reason that passes: send the same again later. Undefined for
 * all other errors.
 */
export function temporarilyAway(error: unknown): RequestProblem | undefined {
  if (error instanceof JournalBusy) {
    return problem(error, 'busy', 'More events are waiting than can be held. Send the same again later.', 1);
  }
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const isAway = error instanceof JournalUnavailable || LOST.test(code) || LOST_MESSAGE.test(error.message);
  if (!isAway) return undefined;
  return problem(
    error,
    'temporarily-unavailable',
    'Events can not be stored at the moment. Send the same again later.',
    5,
  );
}
