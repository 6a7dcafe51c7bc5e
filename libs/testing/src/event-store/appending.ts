import shared, { type UUID } from '@eventstore/db-client/generated/shared_pb.js';
import statuses, { type Status } from '@eventstore/db-client/generated/status_pb.js';
import streams, {
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Appended, Expected, Proposed } from './event.log.js';

type Message = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;

const UUID_FORM = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** One append, gathered from the messages that make it up. */
export interface Request {
  stream: string;
  expected: Expected;
  events: Proposed[];
  size: number;
}

export function proposed(message: Message): Proposed {
  const id = message.getId()?.getString() ?? '';
  if (!UUID_FORM.test(id)) throw new Error(`Unrecognized Guid format: ${id}`);
  const metadata = message.getMetadataMap();
  return {
    id: id.toLowerCase(),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

export const sizeOf = ({ type, data, metadata }: Proposed): number =>
  2 * type.length + data.length + metadata.length;

const nameOf = (options: AppendReq.Options | BatchAppendReq.Options): string =>
  Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();

function wordOf(options: AppendReq.Options | BatchAppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return 'any';
}

export const requestOf = (options: AppendReq.Options): Request => ({
  stream: nameOf(options),
  expected: options.hasRevision() ? Number(options.getRevision()) : wordOf(options),
  events: [],
  size: 0,
});

export const batchRequestOf = (options: BatchAppendReq.Options): Request => ({
  stream: nameOf(options),
  expected: options.hasStreamPosition() ? Number(options.getStreamPosition()) : wordOf(options),
  events: [],
  size: 0,
});

/** The answer to `Append`. A deleted stream is an error of the call. */
export function answer({ expected }: Request, result: Exclude<Appended, { status: 'deleted' }>): AppendResp {
  const response = new streams.AppendResp();
  if (result.status === 'success') {
    const success = new streams.AppendResp.Success().setCurrentRevision(String(result.revision));
    const position = new streams.AppendResp.Position().setCommitPosition(String(result.position));
    return response.setSuccess(success.setPosition(position.setPreparePosition(String(result.position))));
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (result.current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(result.current));
  if (typeof expected === 'number') wrong.setExpectedRevision(String(expected));
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedAny(new shared.Empty());
  return response.setWrongExpectedVersion(wrong);
}

/** The answer to one append of `BatchAppend`: an error there is part of the answer, with its details packed. */
export function batchAnswer(
  correlation: UUID | undefined,
  request: Request,
  result: Appended,
): BatchAppendResp {
  if (result.status === 'success') {
    const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(result.revision));
    const position = new shared.AllStreamPosition().setCommitPosition(String(result.position));
    success.setPosition(position.setPreparePosition(String(result.position)));
    return responseTo(correlation, request).setSuccess(success);
  }
  if (result.status === 'wrong') return refused(correlation, request, wrongVersion(request, result.current));
  const deleted = new shared.StreamDeleted();
  deleted.setStreamIdentifier(identifier(request.stream));
  return refused(correlation, request, { name: 'StreamDeleted', message: deleted });
}

/** What went wrong with one append of a batch; a message of `event_store.client`. */
interface Refusal {
  name: string;
  text?: string;
  message: { serializeBinary(): Uint8Array };
}

export const refusals = {
  accessDenied: (): Refusal => ({ name: 'AccessDenied', message: new shared.AccessDenied() }),
  /** The server has not learnt in time whether the append was committed. */
  timeout: (): Refusal => ({ name: 'Timeout', message: new shared.Timeout() }),
  tooLarge: (limit: number): Refusal => ({
    name: 'MaximumAppendSizeExceeded',
    message: new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit),
  }),
  badRequest: (text: string): Refusal => ({
    name: 'BadRequest',
    message: new shared.BadRequest().setMessage(text),
  }),
  busy: (): Refusal => ({ name: '', text: 'Server Is Busy', message: new empty.Empty() }),
};

export function refused(correlation: UUID | undefined, request: Request, refusal: Refusal): BatchAppendResp {
  const details = new any.Any();
  const type = refusal.name ? `event_store.client.${refusal.name}` : 'google.protobuf.Empty';
  details.pack(refusal.message.serializeBinary(), type);
  const status: Status = new statuses.Status().setDetails(details).setMessage(refusal.text ?? refusal.name);
  return responseTo(correlation, request).setError(status);
}

function wrongVersion({ expected }: Request, current: number): Refusal {
  const message = new shared.WrongExpectedVersion();
  if (current < 0) message.setCurrentNoStream(new empty.Empty());
  else message.setCurrentStreamRevision(String(current));
  if (typeof expected === 'number') message.setExpectedStreamPosition(String(expected));
  else if (expected === 'no_stream') message.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream_exists') message.setExpectedStreamExists(new empty.Empty());
  else message.setExpectedAny(new empty.Empty());
  return { name: 'WrongExpectedVersion', message };
}

const identifier = (name: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(name));

const responseTo = (correlation: UUID | undefined, { stream }: Request): BatchAppendResp =>
  new streams.BatchAppendResp().setCorrelationId(correlation).setStreamIdentifier(identifier(stream));
