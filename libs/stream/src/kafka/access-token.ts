import type { OauthbearerProviderResponse } from 'kafkajs';
import { KafkaSettingError, KafkaUnavailable } from './kafka.errors.js';
import type { KafkaSettings } from './kafka.settings.js';

/** Asked for again so long before a token ends, in milliseconds. */
const MARGIN = 30_000;

/**
 * Answers an OAuth 2 access token for client credentials (RFC 6749, section 4.4), the same one until shortly before
 * it ends. Throws `KafkaSettingError` when none is issued to us, `KafkaUnavailable` when none can be had now.
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
  }).catch((error: unknown) => {
    throw new KafkaUnavailable(`KAFKA_TOKEN_URL can't be reached (${reasonOf(error)}): no token for Kafka.`);
  });
  if (!answer.ok) throw refused(answer.status);
  const body = (await answer.json().catch(() => ({}))) as Partial<TokenAnswer>;
  if (typeof body.access_token !== 'string')
    throw new KafkaSettingError('KAFKA_TOKEN_URL answered no access_token: is it the token endpoint?');
  return { access_token: body.access_token, expires_in: body.expires_in };
}

/** Statuses from 500 on, and "too many requests", pass; the others tell that we ask for the wrong thing. */
const refused = (status: number): Error =>
  status >= 500 || status === 429
    ? new KafkaUnavailable(`KAFKA_TOKEN_URL answered ${status}: no token for Kafka.`)
    : new KafkaSettingError(
        `KAFKA_TOKEN_URL answered ${status}: no token for Kafka. Look at KAFKA_CLIENT_ID, KAFKA_CLIENT_SECRET and KAFKA_TOKEN_SCOPE.`,
      );

/** Of a request that failed, the cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Partial<Error> };
  return cause?.message ?? message;
}
