declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[];
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  export default class Connection {
    constructor(options: object);
    socket?: Socket;
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    requestQueue: { fulfillRequest(answer: { correlationId: number; payload: Buffer }): void };
    connect(): Promise<boolean>;
    isConnected(): boolean;
    disconnect(): Promise<boolean>;
    rejectRequests(error: Error): void;
    send(request: object): Promise<unknown>;
  }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(size: number);
    buf: Buffer;
    offset: number;
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
  }
}

declare module 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decodeMessages(decoder: Decoder): Promise<unknown[]>;
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  const response: { decode(payload: Buffer): Promise<unknown> };
  export default response;
}

declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type { Message } from 'kafkajs';
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export interface ProduceRequest {
    acks: number;
    timeout: number;
    compression?: number;
    transactionalId?: string | null;
    /** Something whose text is the number. */
    producerId?: { toString(): string };
    producerEpoch?: number;
    topicData: {
      topic: string;
      partitions: { partition: number; firstSequence?: number; messages: Message[] }[];
    }[];
  }
  type Protocol = (request: ProduceRequest) => {
    request: { encode(): Promise<Encoder> };
    response: unknown;
  };
  const produce: { protocol: (lookup: { version: number }) => Protocol };
  export default produce;
}

declare module 'kafkajs/src/protocol/requests/produce/v3/request.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  import type { ProduceRequest } from 'kafkajs/src/protocol/requests/produce/index.js';
  export default function request(given: ProduceRequest): { encode(): Promise<Encoder> };
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  import type { Assigner } from 'kafkajs';
  export default class ConsumerGroup {
    constructor(options: object);
    assigners: Assigner[];
    memberId: string | null;
    /** When the group was told last that the member lives, in milliseconds of the wall clock. */
    lastRequest: number;
    heartbeat(given: { interval: number }): Promise<void>;
    leave(): Promise<void>;
    assigned(): { topic: string; partitions: number[] }[];
    joinAndSync(): Promise<void>;
  }
}

declare module 'kafkajs/src/consumer/assignerProtocol.js' {
  export const MemberAssignment: {
    encode(given: { version: number; assignment: Record<string, number[]>; userData?: Buffer }): Buffer;
  };
}
