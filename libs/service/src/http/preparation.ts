import type { FastifyInstance } from 'fastify';
import type { Health } from '../health/health.js';
import { answerProblem } from '../problems/problem.answer.js';
import { RequestProblem } from '../problems/problem.js';

/** What is asked of a process that is still starting; browsers ask with OPTIONS whether they may ask. */
const ANSWERED = /^\/(health|metrics)([/?]|$)/;

/** Tells callers to come again while what is answered from is not ready: tables may be missing, or half built. */
export function putOffWhilePreparing(fastify: FastifyInstance, health: Health): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!health.isPreparing || request.method === 'OPTIONS' || ANSWERED.test(request.url)) return;
    return answerProblem(request, reply, starting);
  });
}

const starting = new RequestProblem(
  503,
  'temporarily-unavailable',
  'The service is starting. Try again; /health/ready tells when it is ready.',
  undefined,
  { 'retry-after': '5' },
);
