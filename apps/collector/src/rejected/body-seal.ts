import { createHmac, type KeyObject } from 'node:crypto';
import { isCustomerNamespace, parseSubject } from '@perennial/events';
import { openBytes, sealBytes, type Vault } from '@perennial/privacy';

/** A body sealed, and with whose key: the subject's, or (null) the one of all rejected events. */
export interface SealedBody {
  subjectId: string | null;
  /** Null: there is none, or its subject was erased. */
  sealed: Buffer | null;
}

const place = (fingerprint: Buffer) => `rejected\n${fingerprint.toString('hex')}`;

const isPerson = (subject: string): boolean => {
  const parsed = parseSubject(subject);
  return parsed !== undefined && isCustomerNamespace(parsed.namespace);
};

/**
 * Seals the bodies of rejected events. They may hold anything, personal data above all. Where the subject can be read,
 * its own key is used: erasing the subject then makes the body unreadable too.
 */
export class BodySeal {
  private keys: Promise<{ body: KeyObject; fingerprint: KeyObject }> | undefined;

  constructor(private readonly vault: Vault) {}

  /** Fingerprints by which the same body is known again, without telling anything of it. */
  async fingerprints(bodies: readonly (readonly (string | Buffer)[])[]): Promise<Buffer[]> {
    const { fingerprint: key } = await this.ownKeys();
    return bodies.map((parts) => {
      const hmac = createHmac('sha256', key);
      for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
      return hmac.digest();
    });
  }

  /** Gets the keys of all these subjects in one round trip, then seals each body. */
  async seal(
    bodies: readonly { subject?: string; body: Buffer | null; fingerprint: Buffer }[],
  ): Promise<SealedBody[]> {
    const people = bodies.flatMap(({ subject }) => (subject && isPerson(subject) ? [subject] : []));
    const [keys, own] = await Promise.all([this.vault.keysOf(people), this.ownKeys()]);
    return bodies.map(({ subject, body, fingerprint }) => {
      const subjectId = subject && isPerson(subject) ? this.vault.subjectIdOf(subject) : null;
      const key = subjectId === null ? own.body : keys.get(subjectId)?.key;
      return { subjectId, sealed: key && body ? sealBytes(key, body, place(fingerprint)) : null };
    });
  }

  /** The bodies, null where there is none or its subject was erased. Throws `UnreadableSeal`. */
  async open(bodies: readonly (SealedBody & { fingerprint: Buffer })[]): Promise<(Buffer | null)[]> {
    const subjectIds = bodies.flatMap(({ subjectId }) => (subjectId === null ? [] : [subjectId]));
    const [keys, own] = await Promise.all([this.vault.openKeys(subjectIds), this.ownKeys()]);
    return bodies.map(({ subjectId, sealed, fingerprint }) => {
      const key = subjectId === null ? own.body : keys.get(subjectId);
      return key && sealed ? openBytes(key, sealed, place(fingerprint)) : null;
    });
  }

  private ownKeys() {
    return (this.keys ??= this.askForKeys());
  }

  private async askForKeys() {
    try {
      const body = await this.vault.purposeKey('rejected-events');
      return { body, fingerprint: await this.vault.purposeKey('rejected-events-fingerprint') };
    } catch (error) {
      // Asked again the next time: the database may be back.
      this.keys = undefined;
      throw error;
    }
  }
}
