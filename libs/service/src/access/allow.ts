import { SetMetadata, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export const roles = ['publisher', 'reader', 'operator', 'service'] as const;
/** `publisher` sends events, `reader` reads read models, `operator` runs the system, `service` is one of ours. */
export type Role = (typeof roles)[number];
export type Allowed = Role | 'anyone';

export const ALLOWED = 'perennial:allowed';

/** Who may call a route, on a handler or its controller. A route without it refuses everybody. */
export const Allow = (...allowed: [Allowed, ...Allowed[]]) => SetMetadata(ALLOWED, allowed);

/** Who calls. */
export interface Caller {
  /** For logs and audit: the token's subject or the key's name, never the key. */
  name: string;
  roles: readonly Role[];
  /** The source that a publisher's write key stands for. */
  source?: string;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export const rememberCaller = (request: FastifyRequest, caller: Caller): void =>
  void callers.set(request, caller);

/** Who calls; undefined on a route for anyone. */
export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

/** The caller, as a handler's argument: `@CalledBy() caller: Caller`. */
export const CalledBy = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
