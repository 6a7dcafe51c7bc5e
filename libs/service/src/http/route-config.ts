import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { RequestProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Browsers on other origins may call it. */
    cors?: boolean;
    /** The handler reads the body's bytes itself. */
    raw?: boolean;
    /** Bytes of its body, where it may be larger than BODY_LIMIT. */
    atMost?: number;
    /** Milliseconds after which it is answered with 503, where that is not ANSWERED_WITHIN. */
    answeredWithin?: number;
  }
}

/**
 * Milliseconds after which a caller is told to try again (503), whatever is waited for, e.g. a database that hangs. Work
 * that shows its progress is not concerned: it has begun to answer.
 */
export const ANSWERED_WITHIN = 60_000;

/** Browsers on other origins (CORS_ORIGINS) may call the route, without cookies. On a handler or controller. */
export const CrossOrigin = () => configure({ cors: true });

/**
 * The body is handed over as the bytes that came, whatever its content type says: `@Body() body: Buffer`. `atMost`
 * is its limit in bytes, where that is not BODY_LIMIT; of a larger one an `OversizedBody` is handed over.
 */
export const RawRequest = ({ atMost }: { atMost?: number } = {}) =>
  configure({ raw: true, ...(atMost !== undefined && { atMost }) });

/** After so many milliseconds the caller is told to try again. On a handler or controller. */
export const AnsweredWithin = (milliseconds: number) => configure({ answeredWithin: milliseconds });

/**
 * Sees to it that every request is answered in time. Fastify's own `handlerTimeout` forgets a request as soon as its body
 * was read.
 */
export function limitAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const within = request.routeOptions.config?.answeredWithin ?? ANSWERED_WITHIN;
    const timer = setTimeout(() => {
      if (!reply.sent && !reply.raw.headersSent) void reply.send(notInTime(within));
    }, within).unref();
    reply.raw.once('close', () => clearTimeout(timer));
    done();
  });
}

const notInTime = (milliseconds: number) =>
  new RequestProblem(
    503,
    'temporarily-unavailable',
    `There was no answer within ${milliseconds / 1_000} s: a system that this service needs hangs, or has too much to do. Try again.`,
    undefined,
    { 'retry-after': '5' },
  );

/** Nest's own RouteConfig replaces what another decorator has set, and knows handlers only. */
const configure =
  (config: FastifyContextConfig) =>
  (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const handlers: unknown[] = descriptor ? [descriptor.value] : methodsOf(target);
    for (const handler of handlers) {
      if (typeof handler !== 'function') continue;
      const present = (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) ??
        {}) as FastifyContextConfig;
      Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG_METADATA, { ...present, ...config }, handler);
    }
  };

const methodsOf = (controller: object): unknown[] => {
  const { prototype } = controller as { prototype: object };
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name]) => name !== 'constructor')
    .map(([, { value }]) => value as unknown);
};
