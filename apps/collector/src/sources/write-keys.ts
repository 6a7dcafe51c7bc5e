import { Injectable } from '@nestjs/common';
import { PublisherKeys, type Publisher } from '@perennial/service';
import type { FastifyRequest } from 'fastify';
import { segmentBody } from '../segment/segment-body.js';
import { Sources } from './sources.store.js';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 500 ? value : undefined;

/** Write keys of sources, wherever a request may carry one besides the Authorization header. */
@Injectable()
export class WriteKeys extends PublisherKeys {
  constructor(private readonly sources: Sources) {
    super();
  }

  async find(writeKey: string): Promise<Publisher | undefined> {
    const source = await this.sources.ofKey(writeKey);
    return source && { name: source.name, source: source.name };
  }

  /** `?access_token=` (CloudEvents), `X-Write-Key: key` or `id:key` (Jitsu), `writeKey` in the body (Segment). */
  override keyOf(request: FastifyRequest): string | undefined {
    const { access_token: token } = request.query as Record<string, unknown>;
    const header = text(request.headers['x-write-key']);
    return text(token) ?? header?.slice(header.lastIndexOf(':') + 1) ?? segmentBody(request).writeKey;
  }
}
