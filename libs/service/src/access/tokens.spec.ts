import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type CryptoKey } from 'jose';
import { ServiceSettings } from '../settings/service.settings.js';
import { settings } from '../settings/settings.js';
import { Tokens } from './tokens.js';

/** An identity provider, as OpenID Connect Discovery finds it. */
let server: Server;
let issuer: string;
let privateKey: CryptoKey;
let publicKey: CryptoKey;
beforeAll(async () => {
  ({ privateKey, publicKey } = await generateKeyPair('RS256'));
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' };
  server = createServer((request, response) => {
    const isConfiguration = request.url === '/.well-known/openid-configuration';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isConfiguration ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const tokens = () =>
  new Tokens(settings(ServiceSettings, { TOKEN_ISSUERS: issuer, TOKEN_AUDIENCE: 'perennial' }));

const issued = (claims: { aud?: string; iss?: string; roles?: unknown; alg?: string } = {}) =>
  new SignJWT({ roles: claims.roles ?? ['reader', 'astronaut'] })
    .setProtectedHeader({ alg: claims.alg ?? 'RS256', kid: 'one' })
    .setSubject('ann')
    .setIssuer(claims.iss ?? issuer)
    .setAudience(claims.aud ?? 'perennial')
    .setExpirationTime('1h');

it('accepts what an issuer of the settings has signed, with the roles that are ours', async () => {
  expect(await tokens().verify(await issued().sign(privateKey))).toEqual({ name: 'ann', roles: ['reader'] });
  expect(await tokens().verify(await issued({ roles: 'operator reader' }).sign(privateKey))).toMatchObject({
    roles: ['reader', 'operator'],
  });
});

it('refuses a token for somebody else, by somebody else, or signed by another', async () => {
  const { privateKey: other } = await generateKeyPair('RS256');
  expect(await tokens().verify(await issued({ aud: 'another' }).sign(privateKey))).toBeUndefined();
  expect(
    await tokens().verify(await issued({ iss: 'https://evil.example' }).sign(privateKey)),
  ).toBeUndefined();
  expect(await tokens().verify(await issued().sign(other))).toBeUndefined();
});

it('never takes a public key for a shared secret', async () => {
  const known = new TextEncoder().encode(await exportSPKI(publicKey));
  const forged = await issued({ alg: 'HS256' }).sign(known);
  expect(await tokens().verify(forged)).toBeUndefined();
});
