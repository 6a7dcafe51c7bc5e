import { Body, Controller, HttpCode, Options, Post, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import {
  Allow,
  AnsweredWithin,
  Answers,
  CalledBy,
  OversizedBody,
  RawRequest,
  RequestProblem,
  type Caller,
} from '@perennial/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ANSWERED_WITHIN, CollectorLimits, REQUEST_LIMIT } from '../collector.settings.js';
import { Intake } from '../intake/intake.js';
import type { Outcome } from '../intake/arrival.js';
import { readCloudEvents, type ReadRequest } from './cloud-events.reader.js';
import { OutcomeAnswer } from './door.answers.js';
import { inflated, tooLarge } from './request-body.js';
import { Unreadable } from './unreadable.js';
import { UnreadableRequests, type SentBody } from './unreadable-requests.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(
    private readonly intake: Intake,
    private readonly unreadable: UnreadableRequests,
    private readonly limits: CollectorLimits,
  ) {}

  /** Records events: CloudEvents structured, batch or binary, or plain JSON with one event or a list. */
  @Post()
  @Allow('publisher', 'operator', 'service')
  @RawRequest({ atMost: REQUEST_LIMIT })
  @AnsweredWithin(ANSWERED_WITHIN)
  @ApiConsumes('application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json')
  @Answers(OutcomeAnswer)
  async publish(
    @Req() { headers }: FastifyRequest,
    @Body() body: Buffer | OversizedBody | undefined,
    @CalledBy() caller: Caller,
  ): Promise<Outcome> {
    const receivedAt = new Date();
    let sent: SentBody = body ?? Buffer.alloc(0);
    let request: ReadRequest;
    try {
      if (sent instanceof OversizedBody) throw tooLarge(sent.limit);
      sent = await inflated(sent, headers['content-encoding'], this.limits.requestLimit);
      request = readCloudEvents(sent, headers, this.limits.eventLimit);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      await this.unreadable.file(error, { origin: 'http', publisher: caller.source, body: sent, receivedAt });
      throw new RequestProblem(error.status, error.code, error.message);
    }
    return this.intake.take({ ...request, origin: 'http', publisher: caller.source, receivedAt });
  }

  /** CloudEvents' handshake for web hooks: we take events from whoever has a key, as fast as they come. */
  @Options()
  @Allow('anyone')
  @HttpCode(200)
  @ApiExcludeEndpoint()
  handshake(@Req() { headers }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.header('allow', 'POST, OPTIONS');
    const origin = headers['webhook-request-origin'];
    if (typeof origin !== 'string') return;
    void reply.header('webhook-allowed-origin', origin).header('webhook-allowed-rate', '*');
  }
}
