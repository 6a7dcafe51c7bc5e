import { Controller, Get, HttpCode, Param, Post, Req, UseFilters } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Allow,
  AnsweredWithin,
  CalledBy,
  CrossOrigin,
  RawRequest,
  RequestProblem,
  type Caller,
} from '@perennial/service';
import type { FastifyRequest } from 'fastify';
import { ANSWERED_WITHIN } from '../collector.settings.js';
import { Unreadable } from '../door/unreadable.js';
import { UnreadableRequests } from '../door/unreadable-requests.js';
import { Intake } from '../intake/intake.js';
import { segmentBody } from './segment-body.js';
import { SegmentCalls } from './segment-calls.js';
import { SegmentProblemFilter } from './segment-problem.filter.js';

/** Kinds of call by their path: whole words, and the browser library's letters. */
const calls: Readonly<Record<string, string>> = {
  identify: 'identify',
  i: 'identify',
  track: 'track',
  t: 'track',
  page: 'page',
  p: 'page',
  screen: 'screen',
  s: 'screen',
  group: 'group',
  g: 'group',
  alias: 'alias',
  a: 'alias',
  batch: 'batch',
  b: 'batch',
};
/** The browser library's numbers about itself. */
const METRICS = 'm';

/** More than a batch may have, so that one that is somewhat too large is kept. */
const BODY_LIMIT = 2 * 1024 * 1024;

const SUCCESS = { success: true };

/** Segment's tracking API, as its own and RudderStack's libraries call it (`/v1`), and Jitsu's (`/api/s`). */
@ApiTags('segment')
@Controller()
@CrossOrigin()
@UseFilters(SegmentProblemFilter)
export class SegmentController {
  constructor(
    private readonly calls: SegmentCalls,
    private readonly intake: Intake,
    private readonly unreadable: UnreadableRequests,
  ) {}

  /** A call or a batch of calls. What can't be accepted is kept; the answer is a success all the same. */
  @Post(['v1/:call', 'api/s/:call', 'api/s/s2s/:call'])
  @Allow('publisher', 'operator', 'service')
  @RawRequest({ atMost: BODY_LIMIT })
  @AnsweredWithin(ANSWERED_WITHIN)
  @HttpCode(200)
  async take(@Param('call') call: string, @Req() request: FastifyRequest, @CalledBy() caller: Caller) {
    if (call === METRICS) return SUCCESS;
    const kind = Object.hasOwn(calls, call) ? calls[call] : undefined;
    if (!kind) throw new RequestProblem(404, 'not-found', 'There is no such call.');
    const receivedAt = new Date();
    const publisher = caller.source;
    const body = segmentBody(request);
    try {
      if (body.problem) throw body.problem;
      if (!body.json) throw new Unreadable('empty-body', 'The body is empty.');
      await this.intake.take(this.calls.delivery(kind, body, publisher, receivedAt));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const sent = body.oversized ?? body.bytes ?? Buffer.alloc(0);
      await this.unreadable.file(error, { origin: 'segment', publisher, body: sent, receivedAt });
      throw new RequestProblem(error.status, error.code, error.message);
    }
    return SUCCESS;
  }

  /** What the browser library asks first: where to send. Without `metrics` it tells its maker how it does, from visitors' browsers. */
  @Get('v1/projects/:writeKey/settings')
  @Allow('anyone')
  settings(@Param('writeKey') apiKey: string, @Req() { host, protocol }: FastifyRequest) {
    return {
      integrations: { 'Segment.io': { apiKey, apiHost: `${host}/v1`, protocol } },
      metrics: { sampleRate: 0 },
    };
  }
}
