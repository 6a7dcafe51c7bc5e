import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { ADDRESS, namesBrokers } from './kafka.address.js';

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

/** A rule for texts of its own, e.g. `@Is(isCertificate, 'must be a PEM')`. */
const Is = (holds: (text: string) => boolean, sentence: string): PropertyDecorator =>
  ValidateBy({
    name: 'is',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && holds(value),
      defaultMessage: () => `$property ${sentence}`,
    },
  });

/** Whether this can be read by what throws otherwise. */
const readable = (read: (text: string) => unknown) => (text: string) => {
  try {
    return Boolean(read(text));
  } catch {
    return false;
  }
};
const isCertificate = readable((text) => new X509Certificate(text));
const isKey = readable((text) => createPrivateKey(text));
const PEM = 'must be a PEM text; $property_FILE names a file that holds it';

/** How to reach Kafka; read only when STREAM_URL names Kafka. */
export class KafkaSettings {
  @IsOptional()
  @Is(namesBrokers, ADDRESS)
  streamUrl?: string;

  /** Topics are `<prefix>.events` and so on; groups of consumers are called alike. */
  @Matches(/^[A-Za-z0-9._-]{1,200}$/, {
    message: '$property must be up to 200 letters, digits, dots, underscores and hyphens',
  })
  kafkaPrefix: string = 'perennial';

  /** Replicas of the topics that are created; absent: as the brokers have it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(32_767)
  kafkaReplicas?: number;

  @IsOptional()
  @IsIn(saslMechanisms)
  kafkaSaslMechanism?: SaslMechanism;

  @IsOptional()
  @IsNotEmpty()
  kafkaUsername?: string;

  @IsOptional()
  @IsNotEmpty()
  kafkaPassword?: string;

  /** Where OAuth 2 access tokens are issued for client credentials. */
  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  kafkaTokenUrl?: string;

  @IsOptional()
  @IsNotEmpty()
  kafkaClientId?: string;

  @IsOptional()
  @IsNotEmpty()
  kafkaClientSecret?: string;

  @IsOptional()
  @IsNotEmpty()
  kafkaTokenScope?: string;

  @IsBoolean()
  kafkaTls: boolean = false;

  /** PEM of the authorities to trust; absent: those that Node trusts. */
  @IsOptional()
  @Is(isCertificate, PEM)
  kafkaTlsCa?: string;

  /** PEM of our own certificate, where brokers ask for one. */
  @IsOptional()
  @Is(isCertificate, PEM)
  kafkaTlsCertificate?: string;

  @IsOptional()
  @Is(isKey, PEM)
  kafkaTlsKey?: string;

  problems(): string[] {
    const needs = this.needed().filter((name) => !this[name]);
    return [
      ...(needs.length > 0
        ? [`KAFKA_SASL_MECHANISM=${this.kafkaSaslMechanism} needs ${needs.map(inCapitals).join(' and ')}.`]
        : []),
      ...(!this.kafkaSaslMechanism && this.hasCredentials
        ? [`Credentials of Kafka need KAFKA_SASL_MECHANISM: ${saslMechanisms.join(', ')}.`]
        : []),
      ...(!this.kafkaTls && (this.kafkaTlsCa || this.kafkaTlsCertificate || this.kafkaTlsKey)
        ? ['Certificates of Kafka need KAFKA_TLS=true.']
        : []),
      ...(Boolean(this.kafkaTlsCertificate) !== Boolean(this.kafkaTlsKey)
        ? ['KAFKA_TLS_CERTIFICATE and KAFKA_TLS_KEY belong together.']
        : []),
      ...(this.kafkaTlsCertificate && this.kafkaTlsKey && !this.isKeyOfCertificate
        ? ['KAFKA_TLS_KEY is the key of another certificate than KAFKA_TLS_CERTIFICATE.']
        : []),
    ];
  }

  private get isKeyOfCertificate(): boolean {
    const { kafkaTlsCertificate = '', kafkaTlsKey = '' } = this;
    return new X509Certificate(kafkaTlsCertificate).checkPrivateKey(createPrivateKey(kafkaTlsKey));
  }

  private get hasCredentials(): boolean {
    const { kafkaUsername, kafkaPassword, kafkaTokenUrl, kafkaClientId, kafkaClientSecret } = this;
    return [kafkaUsername, kafkaPassword, kafkaTokenUrl, kafkaClientId, kafkaClientSecret].some(Boolean);
  }

  private needed(): (
    'kafkaUsername' | 'kafkaPassword' | 'kafkaTokenUrl' | 'kafkaClientId' | 'kafkaClientSecret'
  )[] {
    if (!this.kafkaSaslMechanism) return [];
    return this.kafkaSaslMechanism === 'oauthbearer'
      ? ['kafkaTokenUrl', 'kafkaClientId', 'kafkaClientSecret']
      : ['kafkaUsername', 'kafkaPassword'];
  }
}

const inCapitals = (property: string) => property.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
