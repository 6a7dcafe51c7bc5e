import type { FastifyInstance } from 'fastify';

/** One parser for all: bytes for who wants them, JSON where the type says JSON, 415 otherwise. */
export function parseBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRoute', (route) => {
    if (route.config?.atMost !== undefined) route.bodyLimit = route.config.atMost;
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
