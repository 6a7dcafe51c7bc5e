import type { FastifyContextConfig } from 'fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Browsers on other origins may call it. */
    cors?: boolean;
    /** The handler reads the body's bytes itself. */
    raw?: boolean;
    /** Bytes of its body, where it may be larger than BODY_LIMIT. */
    atMost?: number;
  }
}

/** Browsers on other origins (CORS_ORIGINS) may call the route, without cookies. On a handler or controller. */
export const CrossOrigin = () => configure({ cors: true });

/**
 * The body is handed over as the bytes that came, whatever its content type says: `@Body() body: Buffer`. `atMost`
 * is its limit in bytes, where that is not BODY_LIMIT; of a larger one an `OversizedBody` is handed over.
 */
export const RawRequest = ({ atMost }: { atMost?: number } = {}) =>
  configure({ raw: true, ...(atMost !== undefined && { atMost }) });

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
