import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from 'node:crypto';

const IV = 12;
const TAG = 16;
/** What encryption adds to the length of a plaintext, in bytes. */
export const OVERHEAD = IV + TAG;

/** The bytes were not made with this key for this place, or were changed since. */
export class UnreadableSeal extends Error {
  constructor() {
    super('Sealed data can not be opened: another key, another place, or changed since.');
  }
}

const pool = Buffer.alloc(IV * 1024);
let used = pool.length;
/** Random bytes are drawn in bulk: a call for each field would cost as much as encrypting it. */
function nextIv(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += IV));
}

/** AES-256-GCM: iv (12 bytes), tag (16 bytes), ciphertext. `place` must be the same to decrypt. */
export function encrypt(key: KeyObject, plaintext: Buffer | string, place: string): Buffer {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(place));
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** The plaintext of `encrypt`. Throws `UnreadableSeal`. */
export function decrypt(key: KeyObject, sealed: Buffer, place: string): Buffer {
  if (sealed.length < OVERHEAD) throw new UnreadableSeal();
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(sealed.subarray(IV, OVERHEAD));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(OVERHEAD)), decipher.final()]);
  } catch {
    throw new UnreadableSeal();
  }
}
