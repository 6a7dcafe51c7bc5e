import type { OauthbearerProviderResponse } from 'kafkajs';
import type { KafkaSettings } from './kafka.settings.js';

/** Asked for again so long before a token ends, in milliseconds. */
const MARGIN = 30_000;

/**
 * Answers an OAuth 2 access token for client credentials (RFC 6749, section 4.4), the same one until shortly before
 * it ends. Throws when none is issued.
 */
export function tokenProvider(settings: KafkaSettings): () => Promise<OauthbearerProviderResponse> {
  let token = '';
  let endsAt = 0;
  return async () => {
    if (Date.now() < endsAt - MARGIN) return { value: token };
    const { access_token, expires_in = 0 } = await request(settings);
    token = access_token;
    endsAt = Date.now() + expires_in * 1_000;
    return { value: token };
  };
}

interface TokenAnswer {
  access_token: string;
  /** Seconds. */
  expires_in?: number;
}

async function request(settings: KafkaSettings): Promise<TokenAnswer> {
  const { kafkaTokenUrl = '', kafkaClientId = '', kafkaClientSecret = '', kafkaTokenScope } = settings;
  const credentials = `${encodeURIComponent(kafkaClientId)}:${encodeURIComponent(kafkaClientSecret)}`;
  const answer = await fetch(kafkaTokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(kafkaTokenScope && { scope: kafkaTokenScope }),
    }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!answer.ok) throw new Error(`KAFKA_TOKEN_URL answered ${answer.status}: no token for Kafka.`);
  const body = (await answer.json()) as Partial<TokenAnswer>;
  if (typeof body.access_token !== 'string') throw new Error('KAFKA_TOKEN_URL answered no access_token.');
  return { access_token: body.access_token, expires_in: body.expires_in };
}
