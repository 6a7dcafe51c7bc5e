import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Log, problemOf, RequestProblem } from '@perennial/service';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Errors as Segment's and RudderStack's libraries read them: without `code` and `message` some send again for ever. */
@Catch()
export class SegmentProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost) {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, code, detail, title } = problemOf(error, request.id);
    if (status >= 500) this.log.error('request failed', error, { requestId: request.id, status }, 'http');
    if (reply.sent) return;
    if (error instanceof RequestProblem) void reply.headers(error.headers);
    const message = detail ?? title;
    void reply
      .status(status)
      .type('application/json')
      .send(JSON.stringify({ success: false, code, message, msg: message }));
  }
}
