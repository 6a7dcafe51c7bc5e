import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, type RequestProblem } from './problem.js';

/** Answers a problem from a hook, where no exception filter is. */
export const answerProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  problem: RequestProblem,
): FastifyReply =>
  reply
    .headers(problem.headers)
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(problem, request.id)));
