import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { decrypt, encrypt, OVERHEAD, UnreadableSeal } from './encryption.js';

const FORMAT = 1;
const FINGERPRINT = 4;
const HEADER = 1 + FINGERPRINT;

/** A master key that is not 32 bytes, or not the one that this vault was made with. */
export class MasterKeyError extends Error {}

interface MasterKey {
  key: KeyObject;
  /** Tells which master key wrapped something, and nothing about the key. */
  fingerprint: Buffer;
}

/** As `openssl rand` prints it: 64 hexadecimal digits, or base64 of either alphabet. */
function bytesOf(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  const bytes = Buffer.from(text, 'base64url');
  const isWhole =
    bytes.toString('base64url') === text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return isWhole && bytes.length === 32 ? bytes : undefined;
}

function masterKeyOf(text: string): MasterKey {
  const bytes = bytesOf(text.trim());
  if (!bytes) {
    throw new MasterKeyError(
      'The master key must be 32 bytes in hexadecimal or base64, e.g. the output of "openssl rand -base64 32".',
    );
  }
  return {
    key: createSecretKey(bytes),
    fingerprint: createHmac('sha256', bytes).update('perennial master key').digest().subarray(0, FINGERPRINT),
  };
}

/** Length of a wrapped 32-byte key. */
export const WRAPPED_LENGTH = HEADER + OVERHEAD + 32;

/**
 * Wraps keys with the current master key and unwraps what this or a former one wrapped:
 * format (1 byte), fingerprint of the master key (4), iv (12), tag (16), ciphertext (32).
 */
export class MasterKeys {
  private readonly current: MasterKey;
  private readonly all: MasterKey[];

  /** Keys in hexadecimal or base64. Throws `MasterKeyError`. */
  constructor(current: string, former: readonly string[] = []) {
    this.current = masterKeyOf(current);
    this.all = [this.current, ...former.map(masterKeyOf)];
  }

  wrap(key: Buffer, place: string): Buffer {
    return Buffer.concat([
      Buffer.of(FORMAT),
      this.current.fingerprint,
      encrypt(this.current.key, key, place),
    ]);
  }

  /** Throws `MasterKeyError` when none of the master keys wrapped it. */
  unwrap(wrapped: Buffer, place: string): Buffer {
    const fingerprint = wrapped.subarray(1, HEADER);
    const master = this.all.find((candidate) => candidate.fingerprint.equals(fingerprint));
    if (wrapped[0] !== FORMAT || !master)
      throw new MasterKeyError('This master key does not open this vault.');
    try {
      return decrypt(master.key, wrapped.subarray(HEADER), place);
    } catch (error) {
      throw error instanceof UnreadableSeal
        ? new MasterKeyError('This master key does not open this vault.')
        : error;
    }
  }

  /** Whether the current master key wrapped it. */
  isCurrent = (wrapped: Buffer): boolean => wrapped.subarray(1, HEADER).equals(this.current.fingerprint);
}
