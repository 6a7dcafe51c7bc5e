import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

const problem = (
  code: status,
  details: string,
  exception?: string,
  more: Record<string, string> = {},
): ServiceError => {
  const metadata = new Metadata();
  if (exception) metadata.set('exception', exception);
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

// The codes and the texts of the server: EventStore/EventStore, src/EventStore.Core/Services/Transport/Grpc/RpcExceptions.cs.
export const accessDenied = () => problem(status.PERMISSION_DENIED, 'Access Denied', 'access-denied');
export const invalidArgument = (details: string) => problem(status.INVALID_ARGUMENT, details);
export const unavailable = (details: string) => problem(status.UNAVAILABLE, details);
export const streamDeleted = (name: string) =>
  problem(status.FAILED_PRECONDITION, `Event stream '${name}' is deleted.`, 'stream-deleted', {
    'stream-name': name,
  });
export const tooLarge = (limit: number) =>
  problem(
    status.INVALID_ARGUMENT,
    `Maximum Append Size of ${limit} Exceeded.`,
    'maximum-append-size-exceeded',
    {
      'maximum-append-size': String(limit),
    },
  );
export const notLeader = ({ host, port }: { host: string; port: number }) =>
  problem(status.NOT_FOUND, 'Leader info available', 'not-leader', {
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
/** Wrong credentials are refused before the call is looked at: HTTP 401. */
export const unauthenticated = () => problem(status.UNAUTHENTICATED, 'Received HTTP status code 401');
