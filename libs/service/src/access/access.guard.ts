import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RequestProblem } from '../problems/problem.js';
import { ServiceSettings } from '../settings/service.settings.js';
import { ALLOWED, rememberCaller, roles, type Allowed, type Caller } from './allow.js';
import { PublisherKeys } from './publisher-keys.js';
import { Tokens } from './tokens.js';

/** Lets a request pass if its route declares that such a caller may. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly settings: ServiceSettings,
    private readonly tokens: Tokens,
    private readonly modules: ModuleRef,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const allowed = this.reflector.getAllAndOverride<Allowed[] | undefined>(ALLOWED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!allowed?.length) {
      throw new RequestProblem(403, 'undeclared-route', 'This route declares nobody who may call it.');
    }
    if (allowed.includes('anyone')) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.identify(request, allowed);
    if (!caller) {
      throw new RequestProblem(401, 'unauthenticated', 'A valid token or write key is needed.', undefined, {
        'www-authenticate': 'Bearer realm="perennial"',
      });
    }
    if (!caller.roles.some((role) => allowed.includes(role))) {
      throw new RequestProblem(403, 'forbidden', `This needs one of the roles: ${allowed.join(', ')}.`);
    }
    rememberCaller(request, caller);
    return true;
  }

  private async identify(request: FastifyRequest, allowed: Allowed[]): Promise<Caller | undefined> {
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const byToken = bearer?.includes('.') ? await this.tokens.verify(bearer) : undefined;
    if (byToken) return byToken;
    const byKey = allowed.includes('publisher') ? await this.publisher(request, bearer) : undefined;
    if (byKey) return byKey;
    // Everybody on this machine is trusted; who shows a key all the same is known by it.
    return this.settings.isOpen ? { name: 'local', roles } : undefined;
  }

  private async publisher(request: FastifyRequest, bearer: string | undefined): Promise<Caller | undefined> {
    const keys = this.publisherKeys();
    const key = basicUser(request) ?? bearer ?? keys?.keyOf?.(request);
    const publisher = key ? await keys?.find(key) : undefined;
    return publisher && { ...publisher, roles: ['publisher'] };
  }

  /** Of whatever module provides them. */
  private publisherKeys(): PublisherKeys | undefined {
    try {
      return this.modules.get(PublisherKeys, { strict: false });
    } catch {
      return undefined;
    }
  }
}

/** Segment's libraries send the write key as the user of HTTP Basic, with an empty password. */
function basicUser(request: FastifyRequest): string | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return encoded && Buffer.from(encoded, 'base64').toString('utf8').split(':')[0];
}
