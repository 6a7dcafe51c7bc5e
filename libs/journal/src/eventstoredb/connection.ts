import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices, { type StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { EventTooLarge, JournalUrlError } from '../journal.errors.js';
import { AppendLine, type Outcome } from './append.line.js';
import { explained, isPassing, isStreamNotFound } from './connection.errors.js';
import { eventStoreAddress } from './connection.url.js';
import { sizeOf, storedOf, type Proposed, type Stored } from './event.record.js';
import { START, type LogPosition } from './log.position.js';

/**
 * The client's own machinery, which its commands are made of: channel, discovery of the leader, credentials, and
 * reconnecting after errors. The version in package.json is exact. Why not the commands themselves:
 * docs/decisions, "The journal on EventStoreDB".
 */
interface Transport {
  GRPCStreamCreator<Stream>(
    service: typeof StreamsClient,
    name: string,
    create: (client: StreamsClient) => Stream,
  ): () => Promise<Stream>;
  callArguments(settings: object, options: CallOptions): [Metadata, CallOptions];
}

export interface StreamReading {
  stream: string;
  /** First revision; by default the first there is, or the last when reading backwards. */
  from?: number;
  backwards?: boolean;
  count: number;
  /** Whether links are answered with what they name. */
  resolve?: boolean;
  /** Whether only the rest of the events is wanted. */
  withoutData?: boolean;
}

export interface LogReading {
  /** By default the beginning of the log, or its end when reading backwards. The event there comes again. */
  from?: LogPosition;
  backwards?: boolean;
  count: number;
  /** Only events of streams whose name begins so. */
  prefix?: string;
}

/** What is read: an event, or the link and what it names, if that can still be seen. */
export interface Read {
  event?: Stored;
  link?: Stored;
}

export interface ConnectionOptions {
  /** For how long something that a fault interrupted is tried again, in milliseconds (default 5,000). */
  patience?: number;
  /** Called when a connection broke: what was known of the store may not be so any more, e.g. after a restore. */
  broken?: () => void;
}

/**
 * Bytes of one write that no setting lets a server take (16 MiB less 10,000; EventStore/EventStore, TFConsts.cs and
 * ClusterVNodeStartup.cs), less what the message needs around it. Of a larger message the server ends the whole call,
 * and with it other appends, and says only that its resources are exhausted: as of something that passes.
 */
const LARGEST_WRITE = 16 * 1024 * 1024 - 20_000;

const FIRST_RETRY = 20;
const LAST_RETRY = 500;
/** Events that the server looks at together when most of the log is others'. */
const SEARCH_WINDOW = 2_000;

/** One client of EventStoreDB. What faults interrupt is tried again for a while: reads, and appends, which are idempotent. */
export class EventStoreConnection {
  readonly prefix: string;
  private readonly servers: string;
  private readonly client: EventStoreDBClient;
  private readonly transport: Transport;
  private readonly patience: number;
  private readonly broken: () => void;
  private line?: Promise<AppendLine>;
  private connected?: StreamsClient;
  private closed = false;

  /** Throws `JournalUrlError`. Connects with the first call. */
  constructor(url: string, { patience = 5_000, broken = () => undefined }: ConnectionOptions = {}) {
    const { connectionString, prefix, servers } = eventStoreAddress(url);
    this.prefix = prefix;
    this.servers = servers;
    this.patience = patience;
    this.broken = broken;
    try {
      this.client = EventStoreDBClient.connectionString(connectionString);
    } catch (error) {
      // The client quotes the connection string in its errors, and with it the password.
      throw new JournalUrlError(`JOURNAL_URL can't be used: ${withoutQuotes(error)}`);
    }
    this.transport = this.client as unknown as Transport;
  }

  /**
   * Appends to a stream after the revision, -1 for a stream that must not be there. Answers `wrong` with the stream's
   * revision if it is another. Sent again after a fault, it is what it was the first time: EventStoreDB compares ids.
   * Throws `EventTooLarge`.
   */
  async append(stream: string, after: number, events: readonly Proposed[]): Promise<Outcome> {
    if (events.reduce((sum, event) => sum + sizeOf(event), 0) > LARGEST_WRITE)
      throw new EventTooLarge(LARGEST_WRITE);
    return this.persist(async () => {
      const line = await (this.line ??= this.openLine());
      return line.append(stream, after, events);
    });
  }

  /** Nothing when there is no such stream. */
  readStream(reading: StreamReading): Promise<Read[]> {
    return this.persist(() => this.collect(streamRequest(reading), !reading.withoutData));
  }

  /** Events of all streams, in the order in which they were committed, without their data. */
  async readLog(reading: LogReading): Promise<Stored[]> {
    const found = await this.persist(() => this.collect(logRequest(reading), false));
    return found.flatMap(({ event }) => event ?? []);
  }

  /** The place of the last event of all. */
  async endOfLog(): Promise<LogPosition> {
    const [last] = await this.readLog({ backwards: true, count: 1 });
    return last?.at ?? START;
  }

  /**
   * Follows a stream from its end until the signal is aborted or the connection breaks (then it throws). `confirmed` is
   * called when what is appended from now on will come.
   */
  async follow(
    stream: string,
    signal: AbortSignal,
    confirmed: () => void,
    each: (event: Stored) => void,
  ): Promise<void> {
    const request = requestOf({ stream });
    request.getOptions()?.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
    request.getOptions()?.getStream()?.setEnd(new shared.Empty());
    await this.reading(request, signal, (response) => {
      if (response.hasConfirmation()) confirmed();
      const event = response.getEvent()?.getEvent();
      if (event) each(storedOf(event));
    });
  }

  /** Has EventStoreDB keep only so many events of a stream, unless somebody has said otherwise. */
  async keepLatest(stream: string, count: number): Promise<void> {
    const metadata = {
      id: randomUUID(),
      type: '$metadata',
      data: Buffer.from(JSON.stringify({ $maxCount: count })),
    };
    await this.append(`$$${stream}`, -1, [{ ...metadata, metadata: Buffer.from('{}') }]);
  }

  async close(): Promise<void> {
    this.closed = true;
    const line = await this.line?.catch(() => undefined);
    line?.close();
    await this.client.dispose();
    // The client's own `dispose` leaves its connection open.
    this.connected?.close();
  }

  /** Tries again while the fault is one that passes, with pauses that grow. Throws what the operator can read. */
  private async persist<Result>(work: () => Promise<Result>): Promise<Result> {
    const end = Date.now() + this.patience;
    for (let pause = FIRST_RETRY; ; pause = Math.min(pause * 2, LAST_RETRY)) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || this.closed || Date.now() + pause > end)
          throw explained(error, this.servers);
        await sleep(pause);
      }
    }
  }

  private using(client: StreamsClient): StreamsClient {
    this.connected = client;
    return client;
  }

  private async openLine(): Promise<AppendLine> {
    const open = this.transport.GRPCStreamCreator(streamServices.StreamsClient, 'batchAppend', (client) =>
      this.using(client).batchAppend(...this.transport.callArguments({}, { deadline: Infinity })),
    );
    const forget = () => {
      this.line = undefined;
      this.broken();
    };
    try {
      return new AppendLine(await open(), forget);
    } catch (error) {
      forget();
      throw error;
    }
  }

  private async collect(request: ReadReq, withData: boolean): Promise<Read[]> {
    const found: Read[] = [];
    await this.reading(request, undefined, (response) => {
      const [event, link] = [response.getEvent()?.getEvent(), response.getEvent()?.getLink()];
      if (event || link)
        found.push({ event: event && storedOf(event, withData), link: link && storedOf(link) });
    });
    return found;
  }

  private async reading(
    request: ReadReq,
    signal: AbortSignal | undefined,
    each: (response: ReadResp) => void,
  ): Promise<void> {
    const open = this.transport.GRPCStreamCreator(streamServices.StreamsClient, 'read', (client) =>
      this.using(client).read(request, ...this.transport.callArguments({}, { deadline: Infinity })),
    );
    const call = await open();
    await new Promise<void>((resolve, reject) => {
      const cancel = () => call.cancel();
      const done = (error?: Error) => {
        signal?.removeEventListener('abort', cancel);
        if (error && !signal?.aborted && !isStreamNotFound(error)) reject(error);
        else resolve();
      };
      call.on('data', each).once('end', done).on('error', done);
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
    });
  }
}

const withoutQuotes = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/"[^"]*"/, 'what stands');

function requestOf({ stream, prefix }: { stream?: string; prefix?: string }): ReadReq {
  const options = new streams.ReadReq.Options();
  options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  if (stream === undefined) options.setAll(new streams.ReadReq.Options.AllOptions());
  else {
    const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
    options.setStream(new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier));
  }
  if (prefix === undefined) options.setNoFilter(new shared.Empty());
  else {
    const expression = new streams.ReadReq.Options.FilterOptions.Expression().setPrefixList([prefix]);
    const filter = new streams.ReadReq.Options.FilterOptions().setStreamIdentifier(expression);
    options.setFilter(filter.setMax(SEARCH_WINDOW).setCheckpointintervalmultiplier(1));
  }
  return new streams.ReadReq().setOptions(options);
}

function streamRequest({ stream, from, backwards, count, resolve }: StreamReading): ReadReq {
  const request = requestOf({ stream });
  const place = request.getOptions()?.getStream();
  if (from !== undefined) place?.setRevision(String(from));
  else if (backwards) place?.setEnd(new shared.Empty());
  else place?.setStart(new shared.Empty());
  return limited(request, count, backwards, resolve);
}

function logRequest({ from, backwards, count, prefix }: LogReading): ReadReq {
  const request = requestOf({ prefix });
  const place = request.getOptions()?.getAll();
  const at = new streams.ReadReq.Options.Position();
  if (from)
    place?.setPosition(at.setCommitPosition(String(from.commit)).setPreparePosition(String(from.prepare)));
  else if (backwards) place?.setEnd(new shared.Empty());
  else place?.setStart(new shared.Empty());
  return limited(request, count, backwards);
}

function limited(request: ReadReq, count: number, backwards = false, resolve = false): ReadReq {
  const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;
  request
    .getOptions()
    ?.setCount(String(count))
    .setReadDirection(backwards ? BACKWARDS : FORWARDS)
    .setResolveLinks(resolve);
  return request;
}
