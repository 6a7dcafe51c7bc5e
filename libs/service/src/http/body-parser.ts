import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What a raw route is given in place of a body that is larger than its limit. */
export class OversizedBody {
  constructor(
    /** Bytes, as its sender says; absent if it doesn't say. */
    readonly length: number | undefined,
    /** Bytes that the route takes. */
    readonly limit: number,
  ) {}
}

/** One parser for all: bytes for who wants them, JSON where the type says JSON, 415 otherwise. */
export function parseBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRoute', (route) => {
    if (route.config?.atMost !== undefined) route.bodyLimit = route.config.atMost;
    if (!route.config?.raw) return;
    const { handler, bodyLimit } = route;
    const limit = bodyLimit ?? fastify.initialConfig.bodyLimit ?? 0;
    route.errorHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return reply.send(error);
      // What is left of it is not read, so nothing more can come over this connection.
      void reply.header('connection', 'close');
      const length = request.headers['content-length'];
      request.body = new OversizedBody(length === undefined ? undefined : Number(length), limit);
      return handler.call(fastify, request, reply);
    };
  });
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (request.routeOptions.config.raw) {
      done(null, body);
    } else if (body.length === 0) {
      done(null, undefined);
    } else if (/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
      void parseJson(request, body.toString('utf8'), done);
    } else {
      done(
        Object.assign(new Error('The body must be JSON, sent as application/json.'), {
          statusCode: 415,
          code: 'FST_NOT_JSON',
        }),
      );
    }
  });
}
