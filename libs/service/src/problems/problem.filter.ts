import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '../logs/log.js';
import { RequestProblem, problemOf } from './problem.js';

/** Answers every error as application/problem+json, and logs those that are ours. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost) {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error, request.id);
    if (problem.status >= 500) {
      const fields = { requestId: request.id, status: problem.status, route: request.routeOptions.url };
      this.log.error(
        'request failed',
        error instanceof Error ? error : { thrown: typeof error },
        fields,
        'http',
      );
    }
    if (reply.sent) return;
    if (error instanceof RequestProblem) void reply.headers(error.headers);
    void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}
