import type { FastifyInstance } from 'fastify';
import type { Health } from '../health/health.js';
import { problemOf, RequestProblem } from '../problems/problem.js';

/** What is asked of a process that is still starting; browsers ask with OPTIONS whether they may ask. */
const ANSWERED = /^\/(health|metrics)([/?]|$)/;

/** Tells callers to come again while what is answered from is not ready: tables may be missing, or half built. */
export function putOffWhilePreparing(fastify: FastifyInstance, health: Health): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!health.isPreparing || request.method === 'OPTIONS' || ANSWERED.test(request.url)) return;
    const problem = new RequestProblem(
      503,
      'temporarily-unavailable',
      'The service is starting. Try again; /health/ready tells when it is ready.',
    );
    return reply
      .status(problem.status)
      .header('retry-after', '5')
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(problem, request.id)));
  });
}
