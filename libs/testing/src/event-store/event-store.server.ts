import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import {
  Server,
  ServerCredentials,
  type ConnectionInjector,
  type Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features, { type SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams, {
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
  type DeleteReq,
  type DeleteResp,
  type ReadReq,
  type ReadResp,
  type TombstoneReq,
  type TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  answer,
  batchAnswer,
  batchRequestOf,
  proposed,
  refusals,
  refused,
  requestOf,
  sizeOf,
  type Request,
} from './appending.js';
import { listenOnFreePort } from '../kafka/free.ports.js';
import { notLeader, streamDeleted, tooLarge, unauthenticated, unavailable } from './errors.js';
import { EventLog, type Expected } from './event.log.js';
import { read } from './reading.js';

export interface EventStoreServerOptions {
  /** What it knows; by default nothing. Servers of one log are a cluster whose followers are never behind. */
  log?: EventLog;
  /** By default any that is free; kept when the server is started again. */
  port?: number;
  /** PEM. With TLS, who calls has to say who they are. */
  tls?: { key: string; certificate: string };
  /** Who may call, and whether as an administrator. Without any, everybody may do everything ("insecure"). */
  users?: Record<string, { password: string; isAdmin: boolean }>;
  /** Bytes of an append, by default 1 MiB, as the server's own option MaxAppendSize. */
  maxAppendSize?: number;
}

/** TFConsts.EffectiveMaxLogRecordSize, as of 21.10 to 23.10 (EventStore/EventStore, ClusterVNodeStartup.cs). */
const LARGEST_MESSAGE = 16 * 1024 * 1024 - 10_000;

type Endpoint = { host: string; port: number };

/** What the next appends meet. */
type Trouble = 'answer is lost' | 'timeout' | 'busy';

/**
 * An EventStoreDB in memory, for tests of what is built on the client: it serves the client's own gRPC definitions on a
 * loopback port, and can be stopped, started again with what it knows, and troubled in the ways in which real ones fail.
 * Not served: persistent subscriptions, projections, users and operations. It is no measure of the real server's speed.
 */
export class EventStoreServer {
  readonly log: EventLog;
  readonly host = '127.0.0.1';
  /** The members of the cluster besides this one. */
  readonly peers: EventStoreServer[] = [];
  port: number;
  /** How many events were appended, and how many calls of each method came. */
  readonly calls = new Map<string, number>();
  private readonly options: EventStoreServerOptions;
  private readonly sockets = new Set<Socket>();
  private net?: NetServer;
  private grpc?: Server;
  private injector?: ConnectionInjector;
  private leader?: Endpoint;
  private troubles: Trouble[] = [];

  constructor(options: EventStoreServerOptions = {}) {
    this.options = options;
    this.log = options.log ?? new EventLog();
    this.port = options.port ?? 0;
  }

  get isRunning(): boolean {
    return this.net !== undefined;
  }

  get isLeader(): boolean {
    return this.leader === undefined;
  }

  /** Listens; on the port that it had if it ran before. */
  async start(): Promise<this> {
    const grpc = new Server({ 'grpc.max_receive_message_length': LARGEST_MESSAGE });
    this.serve(grpc);
    const injector = grpc.createConnectionInjector(this.credentials());
    const net = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
      injector.injectConnection(socket);
    });
    if (this.port === 0) await listenOnFreePort(net);
    else
      await new Promise<void>((resolve, reject) => {
        net.once('error', reject).listen(this.port, this.host, resolve);
      });
    this.port = (net.address() as AddressInfo).port;
    Object.assign(this, { grpc, injector, net });
    return this;
  }

  /** As if it had been killed: calls under way end without an answer. What was appended stays. */
  async stop(): Promise<void> {
    const { net, grpc, injector } = this;
    this.net = this.grpc = this.injector = undefined;
    this.log.forgetRecent();
    this.breakConnections();
    injector?.destroy();
    grpc?.forceShutdown();
    await new Promise<void>((resolve) => (net ? net.close(() => resolve()) : resolve()));
  }

  /** Breaks connections, each with the given probability. */
  breakConnections(probability = 1): void {
    for (const socket of this.sockets) if (Math.random() < probability) socket.destroy();
  }

  /** From now on another node leads, and this one refuses what only the leader may do. */
  follow(leader: EventStoreServer | undefined): void {
    this.leader = leader;
  }

  /** What the next appends meet, one after the other. */
  trouble(...troubles: Trouble[]): void {
    this.troubles.push(...troubles);
  }

  private serve(server: Server): void {
    server.addService(streamServices.StreamsService, {
      read: (call: ServerWritableStream<ReadReq, ReadResp>) => void this.read(call),
      append: (call: ServerReadableStream<AppendReq, AppendResp>, reply: sendUnaryData<AppendResp>) =>
        this.append(call, reply),
      batchAppend: (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => this.batchAppend(call),
      delete: (call: ServerUnaryCall<DeleteReq, DeleteResp>, reply: sendUnaryData<DeleteResp>) =>
        this.delete(call, reply),
      tombstone: (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, reply: sendUnaryData<TombstoneResp>) =>
        this.tombstone(call, reply),
    });
    server.addService(featureServices.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, reply: sendUnaryData<SupportedMethods>) =>
        reply(null, supportedMethods()),
    });
    server.addService(gossipServices.GossipService, {
      read: (_: unknown, reply: sendUnaryData<ClusterInfo>) => reply(null, this.clusterInfo()),
    });
  }

  private credentials(): ServerCredentials {
    const { tls } = this.options;
    if (!tls) return ServerCredentials.createInsecure();
    return ServerCredentials.createSsl(null, [
      { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) },
    ]);
  }

  /** Whether the caller is an administrator. Throws when the caller is nobody that is known. */
  private isAdmin(metadata: Metadata): boolean {
    const { users } = this.options;
    if (!users) return true;
    const header = String(metadata.get('authorization')[0] ?? '');
    const [name = '', password] = Buffer.from(header.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':');
    const user = users[name];
    if (user?.password !== password) throw unauthenticated();
    return user?.isAdmin ?? false;
  }

  private count(method: string, by = 1): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + by);
  }

  private async read(call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> {
    this.count('read');
    try {
      await read(this.log, call, this.isAdmin(call.metadata));
      call.end();
    } catch (error) {
      call.emit('error', error);
    }
  }

  private append(call: ServerReadableStream<AppendReq, AppendResp>, reply: sendUnaryData<AppendResp>): void {
    this.count('append');
    let request: Request | undefined;
    call.on('data', (message: AppendReq) => {
      const [options, event] = [message.getOptions(), message.getProposedMessage()];
      if (options) request = requestOf(options);
      if (event) addTo(request, [event]);
    });
    call.on('end', () => {
      try {
        this.isAdmin(call.metadata);
        if (this.leader) throw notLeader(this.leader);
        if (!request) throw new Error('Options are missing.');
        if (request.size > this.maxAppendSize) throw tooLarge(this.maxAppendSize);
        const result = this.log.append(request.stream, request.expected, request.events);
        if (result.status === 'deleted') throw streamDeleted(request.stream);
        reply(null, answer(request, result));
      } catch (error) {
        reply(error as Error);
      }
    });
    call.on('error', () => undefined);
  }

  private batchAppend(call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void {
    this.count('batchAppend');
    const requests = new Map<string, Request>();
    call.on('data', (message: BatchAppendReq) => {
      const correlation = message.getCorrelationId();
      const key = correlation?.getString() ?? '';
      const options = message.getOptions();
      if (options) requests.set(key, batchRequestOf(options));
      const request = requests.get(key);
      if (!request) return;
      try {
        addTo(request, message.getProposedMessagesList());
        if (!message.getIsFinal()) return;
        requests.delete(key);
        this.isAdmin(call.metadata);
        if (this.leader) throw notLeader(this.leader);
        const response = this.appendOf(request, correlation);
        if (response) call.write(response);
        else this.breakConnections();
      } catch (error) {
        if (error instanceof Error && 'code' in error) call.emit('error', error);
        else call.write(refused(correlation, request, refusals.badRequest((error as Error).message)));
      }
    });
    call.on('end', () => call.end()).on('error', () => undefined);
  }

  /** Undefined: it is done, but nobody learns of it. */
  private appendOf(
    request: Request,
    correlation: Parameters<typeof refused>[0],
  ): BatchAppendResp | undefined {
    const trouble = this.troubles.shift();
    if (trouble === 'busy') return refused(correlation, request, refusals.busy());
    if (request.size > this.maxAppendSize)
      return refused(correlation, request, refusals.tooLarge(this.maxAppendSize));
    const result = this.log.append(request.stream, request.expected, request.events);
    this.count('events', request.events.length);
    if (trouble === 'timeout') return refused(correlation, request, refusals.timeout());
    return trouble ? undefined : batchAnswer(correlation, request, result);
  }

  private get maxAppendSize(): number {
    return this.options.maxAppendSize ?? 1024 * 1024;
  }

  private delete(call: ServerUnaryCall<DeleteReq, DeleteResp>, reply: sendUnaryData<DeleteResp>): void {
    const [name, expected] = targetOf(call.request.getOptions());
    const result = this.log.softDelete(name, expected);
    if (result.status === 'deleted') reply(streamDeleted(name));
    else if (result.status === 'wrong') reply(unavailable('WrongExpectedVersion'));
    else reply(null, new streams.DeleteResp().setNoPosition(new shared.Empty()));
  }

  private tombstone(
    call: ServerUnaryCall<TombstoneReq, TombstoneResp>,
    reply: sendUnaryData<TombstoneResp>,
  ): void {
    const [name, expected] = targetOf(call.request.getOptions());
    const result = this.log.tombstone(name, expected);
    if (result.status === 'deleted') reply(streamDeleted(name));
    else if (result.status === 'wrong') reply(unavailable('WrongExpectedVersion'));
    else reply(null, new streams.TombstoneResp().setNoPosition(new shared.Empty()));
  }

  private clusterInfo(): ClusterInfo {
    const members = [this as EventStoreServer, ...this.peers].map((server) => {
      const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
      const endpoint = new gossip.EndPoint().setAddress(server.host).setPort(server.port);
      return new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString('00000000-0000-4000-8000-000000000000'))
        .setIsAlive(server.isRunning)
        .setState(server.isLeader ? LEADER : FOLLOWER)
        .setTimeStamp('0')
        .setHttpEndPoint(endpoint);
    });
    return new gossip.ClusterInfo().setMembersList(members);
  }
}

function addTo(request: Request | undefined, messages: readonly Parameters<typeof proposed>[0][]): void {
  for (const message of messages) {
    const event = proposed(message);
    request?.events.push(event);
    if (request) request.size += sizeOf(event);
  }
}

function targetOf(options: DeleteReq.Options | TombstoneReq.Options | undefined): [name: string, Expected] {
  const name = Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
  if (options?.hasRevision()) return [name, Number(options.getRevision())];
  if (options?.hasNoStream()) return [name, 'no_stream'];
  return [name, options?.hasStreamExists() ? 'stream_exists' : 'any'];
}

function supportedMethods(): SupportedMethods {
  const methods = new features.SupportedMethods().setEventStoreServerVersion('23.10.0.0');
  for (const name of ['append', 'batchappend', 'delete', 'read', 'tombstone'])
    methods.addMethods(
      new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name),
    );
  return methods;
}
