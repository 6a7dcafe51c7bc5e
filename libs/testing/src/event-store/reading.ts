import type { ServerWritableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { accessDenied, invalidArgument, streamDeleted } from './errors.js';
import type { EventLog, LogRecord } from './event.log.js';

type Call = ServerWritableStream<ReadReq, ReadResp>;
type Options = ReadReq.Options;

/** Events that a filtered read looks at together ("maxSearchWindow"); a checkpoint comes after so many, times the client's factor. */
const SEARCH_WINDOW = 32;

/**
 * Answers `Read`: forwards and backwards, of a stream or of `$all`, once or for ever (EventStore/EventStore,
 * src/EventStore.Core/Services/Transport/Grpc/Streams.Read.cs and Enumerators; docs/clients/grpc/subscriptions of
 * EventStore/documentation for filters and checkpoints).
 */
export async function read(log: EventLog, call: Call, mayReadAll: boolean): Promise<void> {
  const options = call.request.getOptions();
  if (!options) throw invalidArgument('Options are missing.');
  // "$all" is readable by administrators only, unless its access list says otherwise.
  if (options.hasAll() && !mayReadAll) throw accessDenied();
  if (options.hasSubscription()) return subscribe(log, call, options);
  if (options.hasStream()) return readStream(log, call, options);
  return readAll(log, call, options);
}

const isBackwards = (options: Options): boolean =>
  options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;

async function readStream(log: EventLog, call: Call, options: Options): Promise<void> {
  const name = nameOf(options);
  const visible = log.visible(name);
  if (visible === 'deleted') throw streamDeleted(name);
  if (visible === 'no-stream') {
    await send(call, notFound(name));
    return;
  }
  const stream = options.getStream();
  const from = stream?.hasRevision() ? Number(stream.getRevision()) : stream?.hasEnd() ? Infinity : 0;
  const found = isBackwards(options)
    ? visible.filter(({ revision }) => revision <= from).reverse()
    : visible.slice(Math.max(0, from - (visible[0]?.revision ?? 0)));
  await sendAll(log, call, options, found.slice(0, Number(options.getCount())));
}

/** The position is inclusive going forwards and exclusive going backwards. */
async function readAll(log: EventLog, call: Call, options: Options): Promise<void> {
  const passes = filterOf(options);
  const all = options.getAll();
  const at = all?.hasPosition() ? Number(all.getPosition()?.getCommitPosition()) : undefined;
  const limit = Number(options.getCount());
  const found: LogRecord[] = [];
  if (isBackwards(options)) {
    const end = at === undefined ? log.records.length : log.indexOf(at);
    for (let i = end - 1; i >= 0 && found.length < limit; i--) take(log.records[i]);
  } else {
    const start = at !== undefined ? log.indexOf(at) : all?.hasEnd() ? log.records.length : 0;
    for (let i = start; i < log.records.length && found.length < limit; i++) take(log.records[i]);
  }
  await sendAll(log, call, options, found);

  function take(record: LogRecord | undefined): void {
    if (record && passes(record)) found.push(record);
  }
}

async function sendAll(
  log: EventLog,
  call: Call,
  options: Options,
  found: readonly LogRecord[],
): Promise<void> {
  for (const record of found) {
    if (call.cancelled) return;
    await send(call, answer(log, record, options));
  }
}

/** Catch-up: what there is, then what comes. The position that is given is exclusive. Ends when the client goes. */
async function subscribe(log: EventLog, call: Call, options: Options): Promise<void> {
  const news = newsOf(log, call);
  const confirmation = new streams.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(`subscription-${Math.random()}`);
  await send(call, new streams.ReadResp().setConfirmation(confirmation));
  const steps = options.hasStream() ? ofStream(log, options) : ofAll(log, options);
  for (let caughtUp = false; !call.cancelled;) {
    const step = steps.next().value;
    if (step) await send(call, step);
    else {
      if (!caughtUp) await send(call, new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
      caughtUp = true;
      await news.next();
    }
  }
}

/** What to send next; undefined when there is nothing now. */
type Steps = Iterator<ReadResp | undefined, undefined>;

function* ofStream(log: EventLog, options: Options): Steps {
  const name = nameOf(options);
  const stream = options.getStream();
  const last = log.visible(name);
  const end = Array.isArray(last) ? (last.at(-1)?.revision ?? -1) : -1;
  let next = stream?.hasRevision() ? Number(stream.getRevision()) + 1 : stream?.hasEnd() ? end + 1 : 0;
  for (;;) {
    const visible = log.visible(name);
    if (visible === 'deleted') throw streamDeleted(name);
    const record =
      visible === 'no-stream' ? undefined : visible[Math.max(0, next - (visible[0]?.revision ?? 0))];
    if (record) next = record.revision + 1;
    yield record && answer(log, record, options);
  }
}

function* ofAll(log: EventLog, options: Options): Steps {
  const passes = filterOf(options);
  const all = options.getAll();
  const interval = SEARCH_WINDOW * Math.max(1, options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
  const at = all?.hasPosition() ? Number(all.getPosition()?.getCommitPosition()) : -1;
  let index = all?.hasEnd() ? log.records.length : log.indexOf(at + 1);
  let looked = 0;
  for (;;) {
    const record = log.records[index];
    if (!record) yield undefined;
    else {
      index++;
      looked++;
      if (passes(record)) yield answer(log, record, options);
      if (options.hasFilter() && looked % interval === 0) yield checkpoint(record);
    }
  }
}

/** Resolves when something was appended since the last call, or the client went. */
function newsOf(log: EventLog, call: Call): { next(): Promise<void> } {
  let isNew = false;
  let wake = (): void => undefined;
  const rouse = () => {
    isNew = true;
    wake();
  };
  const stop = log.onAppended(rouse);
  call.once('cancelled', () => {
    stop();
    rouse();
  });
  return {
    async next() {
      if (!isNew) await new Promise<void>((resolve) => (wake = resolve));
      isNew = false;
    },
  };
}

/** Server-side filters: prefixes or a regular expression, of the stream's name or of the event's type. */
function filterOf(options: Options): (record: LogRecord) => boolean {
  const filter = options.getFilter();
  const byName = filter?.getStreamIdentifier();
  const expression = byName ?? filter?.getEventType();
  if (!expression) return () => true;
  const prefixes = expression.getPrefixList();
  const regex = expression.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  return (record) => {
    const text = byName ? record.stream : record.type;
    return regex ? regex.test(text) : prefixes.some((prefix) => text.startsWith(prefix));
  };
}

const nameOf = (options: Options): string =>
  Buffer.from(options.getStream()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();

function answer(log: EventLog, record: LogRecord, options: Options): ReadResp {
  const event = new streams.ReadResp.ReadEvent();
  const resolves = options.getResolveLinks() && log.isLink(record);
  const target = resolves ? log.target(record) : record;
  // A link whose event can't be seen any more comes alone.
  if (target) event.setEvent(recorded(target));
  if (resolves) event.setLink(recorded(record));
  if (options.hasAll()) event.setCommitPosition(String(record.position));
  else event.setNoPosition(new shared.Empty());
  return new streams.ReadResp().setEvent(event);
}

function recorded(record: LogRecord): ReadResp.ReadEvent.RecordedEvent {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  event.setId(new shared.UUID().setString(record.id));
  event.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(record.stream)));
  event.setStreamRevision(String(record.revision));
  event.setCommitPosition(String(record.position));
  event.setPreparePosition(String(record.transaction));
  event
    .getMetadataMap()
    .set('type', record.type)
    .set('content-type', record.contentType)
    .set('created', String(record.created));
  event.setData(record.data);
  event.setCustomMetadata(record.metadata);
  return event;
}

function checkpoint(record: LogRecord): ReadResp {
  const checkpoint = new streams.ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(record.position)).setPreparePosition(String(record.transaction));
  return new streams.ReadResp().setCheckpoint(checkpoint);
}

function notFound(name: string): ReadResp {
  const missing = new streams.ReadResp.StreamNotFound();
  missing.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(name)));
  return new streams.ReadResp().setStreamNotFound(missing);
}

/** Waits while the client does not read, until it does or goes. */
async function send(call: Call, response: ReadResp): Promise<void> {
  if (call.write(response) || call.cancelled) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      call.off('drain', done).off('cancelled', done);
      resolve();
    };
    call.on('drain', done).on('cancelled', done);
  });
}
