import type { FastifyRequest } from 'fastify';

/** A source of events and the name of the key that it used. */
export interface Publisher {
  name: string;
  source: string;
}

/**
 * Write keys, one or more a source; begin them with `wk_`, so that logs know them. A module
 * provides an implementation under this class; without one, no key is accepted.
 */
export abstract class PublisherKeys {
  abstract find(writeKey: string): Promise<Publisher | undefined>;

  /** Where else a request may carry its key than in the Authorization header, e.g. in its body. */
  keyOf?(request: FastifyRequest): string | undefined;
}
