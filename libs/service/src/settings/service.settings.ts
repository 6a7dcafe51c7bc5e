import { isIP } from 'node:net';
import {
  ArrayNotEmpty,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import { HasScheme, IsKey } from './constraints.js';

/** What every service needs to know before it starts. */
export class ServiceSettings {
  /** Address to listen on. */
  @IsString()
  host: string = '127.0.0.1';

  /** 0: any free one. */
  @IsInt()
  @Min(0)
  @Max(65_535)
  port: number = 8080;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  logLevel: string = 'info';

  /** Signs and checks tokens (HS256), for installations without an identity provider. At least 32 characters. */
  @IsOptional()
  @MinLength(32)
  tokenSecret?: string;

  /** OpenID Connect issuers whose tokens are accepted. */
  @IsOptional()
  @ArrayNotEmpty()
  @IsUrl({ require_tld: false, protocols: ['https', 'http'], require_protocol: true }, { each: true })
  tokenIssuers?: string[];

  /** Whom tokens must be meant for (`aud`). */
  @IsOptional()
  @IsString()
  tokenAudience?: string;

  /** Web origins that may call the routes meant for browsers; absent: any, where keys are required. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true }, { each: true })
  corsOrigins?: string[];

  /** Bytes of a request's body. */
  @IsInt()
  @Min(1024)
  bodyLimit: number = 10 * 1024 * 1024;

  /** Seconds that running requests and batches have to end in when the service is stopped. */
  @IsInt()
  @Min(0)
  @Max(600)
  shutdownGrace: number = 20;

  /** Where the other services answer operators (`status`, `verify`, `rebuild`), so that this one answers for all. */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { each: true })
  operationsPeers?: string[];

  /** Without keys, everybody who reaches the port may do everything. */
  get isOpen(): boolean {
    return !this.tokenSecret && !this.tokenIssuers;
  }

  problems(): string[] {
    return [
      ...(this.isOpen && !isLoopback(this.host)
        ? [
            `HOST ${this.host} can be reached from other machines, so keys are needed: ` +
              'set TOKEN_SECRET or TOKEN_ISSUERS, or listen on 127.0.0.1.',
          ]
        : []),
      ...(this.tokenIssuers && !this.tokenAudience
        ? [
            'TOKEN_ISSUERS needs TOKEN_AUDIENCE: without it, a token issued for another system would be accepted.',
          ]
        : []),
    ];
  }
}

/** What the services that read the journal and keep read models need in addition. */
export class DataSettings extends ServiceSettings {
  @HasScheme('postgres', 'postgresql', 'esdb', 'esdb+discover')
  journalUrl!: string;

  @HasScheme('postgres', 'postgresql', 'kafka')
  streamUrl!: string;

  @HasScheme('postgres', 'postgresql')
  databaseUrl!: string;

  /** Where the keys of subjects are kept; absent: in the database. */
  @IsOptional()
  @HasScheme('postgres', 'postgresql')
  vaultUrl?: string;

  /** Seals the keys of subjects and names the subjects. */
  @IsKey()
  masterKey!: string;

  /** Master keys used before, until `perennial rekey` has been run. */
  @IsOptional()
  @IsKey({ each: true })
  formerMasterKeys?: string[];
}

export const isLoopback = (host: string): boolean => {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || bare === 'localhost';
};
