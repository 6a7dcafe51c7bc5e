import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import streams, {
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { EventTooLarge } from '../journal.errors.js';
import { PassingFault } from './connection.errors.js';
import { LINK, type Proposed } from './event.record.js';

/**
 * Revisions count from 0; -1 is a stream without events. `commit` is where in the log the last of the events is: if they
 * were there before, an earlier place, or -1 when the server does not know (EventStore/EventStore, RequestManagerBase.cs).
 */
export type Outcome =
  { status: 'appended'; revision: number; commit: number } | { status: 'wrong'; revision: number };

interface Waiting {
  resolve: (outcome: Outcome) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** For how long an answer is waited for (milliseconds): longer than the server itself waits for its commit. */
const LONGEST = 30_000;

/**
 * One `BatchAppend` call: many appends under way at once, each answered for itself. When the call ends, those that were
 * not answered fail with a fault that passes: nobody knows whether they were committed, and they may be sent again.
 */
export class AppendLine {
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly call: ClientDuplexStream<BatchAppendReq, BatchAppendResp>,
    private readonly ended: () => void,
  ) {
    call.on('data', (response: BatchAppendResp) => this.answered(response));
    call
      .on('error', (error: Error) => this.end(error))
      .on('end', () => this.end(new PassingFault('The server ended the call.')));
  }

  append(stream: string, after: number, events: readonly Proposed[]): Promise<Outcome> {
    const key = randomUUID();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.call.cancel(), LONGEST);
      this.waiting.set(key, { resolve, reject, timer });
      this.call.write(requestOf(key, stream, after, events));
    });
  }

  close(): void {
    this.call.end();
  }

  private answered(response: BatchAppendResp): void {
    const key = response.getCorrelationId()?.getString() ?? '';
    const waiting = this.waiting.get(key);
    if (!waiting) return;
    this.waiting.delete(key);
    clearTimeout(waiting.timer);
    const outcome = outcomeOf(response);
    if (outcome instanceof Error) waiting.reject(outcome);
    else waiting.resolve(outcome);
  }

  private end(error: Error): void {
    this.ended();
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.waiting.clear();
  }
}

function requestOf(key: string, stream: string, after: number, events: readonly Proposed[]): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  // No deadline is given: it would be a time of day, and the server's clock may be another. The server has its own.
  if (after < 0) options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(after));
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(key))
    .setOptions(options)
    .setProposedMessagesList(events.map(messageOf))
    .setIsFinal(true);
}

function messageOf({ id, type, data, metadata }: Proposed): BatchAppendReq.ProposedMessage {
  const message = new streams.BatchAppendReq.ProposedMessage();
  const contentType = type === LINK ? 'application/octet-stream' : 'application/json';
  message.getMetadataMap().set('type', type).set('content-type', contentType);
  return message.setId(new shared.UUID().setString(id)).setData(data).setCustomMetadata(metadata);
}

function outcomeOf(response: BatchAppendResp): Outcome | Error {
  const success = response.getSuccess();
  if (success) {
    const commit = success.getPosition()?.getCommitPosition() ?? -1;
    return { status: 'appended', revision: Number(success.getCurrentRevision()), commit: Number(commit) };
  }
  const error = response.getError();
  const details = error?.getDetails();
  const stream = Buffer.from(response.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion': {
      const wrong = shared.WrongExpectedVersion.deserializeBinary(details.getValue_asU8());
      const revision = wrong.hasCurrentStreamRevision() ? Number(wrong.getCurrentStreamRevision()) : -1;
      return { status: 'wrong', revision };
    }
    case 'event_store.client.MaximumAppendSizeExceeded':
      return new EventTooLarge(
        shared.MaximumAppendSizeExceeded.deserializeBinary(details.getValue_asU8()).getMaxappendsize(),
      );
    case 'event_store.client.StreamDeleted':
      return new Error(`Stream ${stream} was deleted in EventStoreDB and can't be written to any more.`);
    case 'event_store.client.AccessDenied':
      return Object.assign(new Error(`Access to ${stream} is denied.`), { code: 7 });
    case 'event_store.client.Timeout':
      return new PassingFault('The server has not committed in time.');
    case 'google.protobuf.Empty':
      return new PassingFault(messageOfStatus(error));
    default:
      return new Error(`EventStoreDB refused an append to ${stream}: ${messageOfStatus(error)}`);
  }
}

const messageOfStatus = (status: Status | undefined): string => status?.getMessage() ?? 'no reason was given';
