import { Injectable } from '@nestjs/common';
import {
  SignJWT,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { ServiceSettings } from '../settings/service.settings.js';
import { roles, type Caller, type Role } from './allow.js';

const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Checks tokens: JWT with `exp`, signed with TOKEN_SECRET or by one of TOKEN_ISSUERS; claim `roles`. */
@Injectable()
export class Tokens {
  private readonly keys = new Map<string, Promise<JWTVerifyGetKey>>();

  constructor(private readonly settings: ServiceSettings) {}

  /** Undefined: not a token that we accept. Throws if an issuer can't be reached. */
  async verify(token: string): Promise<Caller | undefined> {
    try {
      const { iss } = decodeJwt(token);
      const { tokenIssuers = [] } = this.settings;
      const payload =
        iss && tokenIssuers.includes(iss)
          ? await this.verifyIssued(token, iss)
          : await this.verifySigned(token);
      return payload && { name: payload.sub ?? 'unnamed', roles: rolesOf(payload) };
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return undefined;
      throw error;
    }
  }

  private async verifySigned(token: string): Promise<JWTPayload | undefined> {
    const { tokenSecret, tokenAudience } = this.settings;
    if (!tokenSecret) return undefined;
    const options = {
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
      ...(tokenAudience && { audience: tokenAudience }),
    };
    return (await jwtVerify(token, new TextEncoder().encode(tokenSecret), options)).payload;
  }

  private async verifyIssued(token: string, issuer: string): Promise<JWTPayload> {
    const key = await this.keysOf(issuer);
    // Only signatures by a key pair: a public key must never be taken for an HMAC secret.
    const options = {
      issuer,
      audience: this.settings.tokenAudience,
      algorithms: asymmetric,
      requiredClaims: ['exp'],
    };
    return (await jwtVerify(token, key, options)).payload;
  }

  private keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const keys = this.keys.get(issuer) ?? discover(issuer);
    this.keys.set(issuer, keys);
    // A failure is not kept: the issuer may be back the next time.
    keys.catch(() => this.keys.delete(issuer));
    return keys;
  }
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`The token issuer's configuration answered ${response.status}.`);
  const { jwks_uri: address, issuer: named } = (await response.json()) as {
    jwks_uri: string;
    issuer: string;
  };
  if (named !== issuer) throw new Error('The token issuer calls itself otherwise than TOKEN_ISSUERS does.');
  return createRemoteJWKSet(new URL(address));
}

/** A list, or words separated by blanks; what is not a role of ours is ignored. */
function rolesOf({ roles: claimed }: JWTPayload): Role[] {
  const words: unknown[] =
    typeof claimed === 'string' ? claimed.split(/\s+/) : Array.isArray(claimed) ? claimed : [];
  return roles.filter((role) => words.includes(role));
}

/** Issues a token of TOKEN_SECRET. `expires` as in `2h`, `30d`. */
export const issueToken = (
  secret: string,
  caller: Caller,
  options: { expires: string; audience?: string },
): Promise<string> => {
  const token = new SignJWT({ roles: caller.roles })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(caller.name)
    .setIssuedAt()
    .setExpirationTime(options.expires);
  if (options.audience) token.setAudience(options.audience);
  return token.sign(new TextEncoder().encode(secret));
};
