import { parseSubject } from '@perennial/events';
import { RefusedRequest, type SystemClient } from '../system/client.js';
import { Refused, UsageProblem } from '../system/problem.js';

interface SubjectFound {
  subjectId: string;
  customerId: string;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Where acquisition tells of a customer, or takes a command about it. */
export const customerPath = (id: string, action = ''): string => `/api/acquisition/customers/${id}${action}`;

/** The id of a customer, given as it is or by a subject such as `user:42`. */
export async function customerIdOf(client: SystemClient, text: string): Promise<string> {
  return uuid.test(text) ? text.toLowerCase() : (await subjectOf(client, text)).customerId;
}

/** The id of an identifier, given as it is or as `card:7`. */
export async function subjectIdOf(client: SystemClient, text: string): Promise<string> {
  return uuid.test(text) ? text.toLowerCase() : (await subjectOf(client, text)).subjectId;
}

/** Which customer a subject belongs to. Throws a Refused for one that nobody has heard of. */
async function subjectOf(client: SystemClient, text: string): Promise<SubjectFound> {
  const found = await ifThere<SubjectFound>(
    client,
    `/api/operations/subjects?subject=${encodeURIComponent(checkedSubject(text))}`,
  );
  if (found) return found;
  throw new Refused(`Nothing is known of ${text}. Have the read models caught up (perennial status)?`);
}

function checkedSubject(text: string): string {
  if (parseSubject(text)) return text;
  throw new UsageProblem(
    `"${text}" is neither a customer's id nor a subject such as user:42 or email:ann@example.org.`,
  );
}

/** What a path answers; undefined if it answers that there is none. */
export async function ifThere<Answer>(client: SystemClient, path: string): Promise<Answer | undefined> {
  try {
    return await client.get<Answer>(path);
  } catch (error) {
    if (error instanceof RefusedRequest && error.status === 404) return undefined;
    throw error;
  }
}
