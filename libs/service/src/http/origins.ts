import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem } from '../problems/problem.answer.js';
import { RequestProblem } from '../problems/problem.js';
import { isLoopback, type ServiceSettings } from '../settings/service.settings.js';

/**
 * Which web pages may talk to us. CORS is answered only on routes that declare it. In open mode the
 * browser of a trusted person is the way in for strangers: a page whose name was made to resolve to
 * 127.0.0.1 (DNS rebinding; seen by the Host header), or one that posts across origins (seen by Origin).
 */
export function checkOrigins(fastify: FastifyInstance, settings: ServiceSettings): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const isOurs =
      settings.isOpen && (!isLocal(request.headers.host, settings) || isForeignPage(request, settings));
    if (isOurs) return refuse(request, reply);
    const { origin } = request.headers;
    if (origin && isDeclared(request) && isPermitted(origin, settings)) {
      void reply.header('access-control-allow-origin', origin).header('vary', 'Origin');
      void reply.header('access-control-expose-headers', 'x-request-id, etag, retry-after');
    }
  });
  answerPreflights(fastify, settings);
}

const isDeclared = (request: FastifyRequest) => Boolean(request.routeOptions.config?.cors);

/** Keys are not ambient as cookies are, so with keys any page may try, unless CORS_ORIGINS says which. */
function isPermitted(origin: string, settings: ServiceSettings): boolean {
  const { corsOrigins, isOpen } = settings;
  if (corsOrigins?.some((one) => one.replace(/\/$/, '') === origin)) return true;
  return isOpen ? isLocal(hostOf(origin), settings) : !corsOrigins;
}

const isForeignPage = (request: FastifyRequest, settings: ServiceSettings): boolean => {
  const { origin } = request.headers;
  if (origin !== undefined)
    return !isLocal(hostOf(origin), settings) && !(isDeclared(request) && isPermitted(origin, settings));
  return (
    request.headers['sec-fetch-site'] === 'cross-site' && request.headers['sec-fetch-mode'] !== 'navigate'
  );
};

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : '');

function isLocal(host: string | undefined, settings: ServiceSettings): boolean {
  const name = /^(\[[^\]]+\]|[^:]+)(:\d+)?$/.exec(host ?? '')?.[1]?.toLowerCase();
  return name !== undefined && (isLoopback(name) || name === settings.host.toLowerCase());
}

const refuse = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  answerProblem(
    request,
    reply,
    new RequestProblem(
      403,
      'foreign-origin',
      'Without keys, only pages and programs of this machine may call: use localhost or 127.0.0.1.',
    ),
  );

/** OPTIONS for each path that has a route with CORS. */
function answerPreflights(fastify: FastifyInstance, settings: ServiceSettings): void {
  const methods = new Map<string, Set<string>>();
  fastify.addHook('onRoute', (route) => {
    if (!route.config?.cors || route.method === 'OPTIONS') return;
    const isNew = !methods.has(route.url);
    const known = methods.get(route.url) ?? new Set<string>();
    methods.set(route.url, known);
    for (const method of [route.method].flat()) known.add(method);
    if (!isNew) return;
    fastify.options(route.url, { config: { cors: true } }, (request, reply) => {
      const { origin } = request.headers;
      if (!origin || !isPermitted(origin, settings)) return refuse(request, reply);
      return reply
        .header('access-control-allow-methods', [...known].join(', '))
        .header('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '')
        .header('access-control-max-age', '600')
        .status(204)
        .send();
    });
  });
}
