import { IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsUrl, Matches, Max, Min } from 'class-validator';

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

/** How to reach Kafka, beside STREAM_URL; read only when that names Kafka. */
export class KafkaSettings {
  /** Topics are `<prefix>.events` and so on; groups of consumers are called alike. */
  @Matches(/^[A-Za-z0-9._-]{1,200}$/)
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
  @IsNotEmpty()
  kafkaTlsCa?: string;

  /** PEM of our own certificate, where brokers ask for one. */
  @IsOptional()
  @IsNotEmpty()
  kafkaTlsCertificate?: string;

  @IsOptional()
  @IsNotEmpty()
  kafkaTlsKey?: string;

  problems(): string[] {
    const needs = this.needed().filter((name) => !this[name]);
    return [
      ...(needs.length > 0
        ? [`KAFKA_SASL_MECHANISM=${this.kafkaSaslMechanism} needs ${needs.map(inCapitals).join(' and ')}.`]
        : []),
      ...(!this.kafkaSaslMechanism && (this.kafkaUsername || this.kafkaPassword || this.kafkaTokenUrl)
        ? [`Credentials of Kafka need KAFKA_SASL_MECHANISM: ${saslMechanisms.join(', ')}.`]
        : []),
      ...(!this.kafkaTls && (this.kafkaTlsCa || this.kafkaTlsCertificate || this.kafkaTlsKey)
        ? ['Certificates of Kafka need KAFKA_TLS=true.']
        : []),
      ...(Boolean(this.kafkaTlsCertificate) !== Boolean(this.kafkaTlsKey)
        ? ['KAFKA_TLS_CERTIFICATE and KAFKA_TLS_KEY belong together.']
        : []),
    ];
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
