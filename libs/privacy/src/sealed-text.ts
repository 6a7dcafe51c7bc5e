import type { KeyObject } from 'node:crypto';
import { decrypt, encrypt } from './encryption.js';

const PREFIX = 'sealed:1:';

/** Whether a text has the form that `sealText` gives. */
export const isSealed = (value: unknown): value is string =>
  typeof value === 'string' && value.startsWith(PREFIX);

const placeOf = (subjectId: string, path: string) => `${subjectId}\n${path}`;

/** `sealed:1:<base64url of iv, tag, ciphertext>`, bound to the subject and the field: it opens nowhere else. */
export const sealText = (key: KeyObject, text: string, subjectId: string, path: string): string =>
  PREFIX + encrypt(key, text, placeOf(subjectId, path)).toString('base64url');

/** The text of `sealText`. Throws `UnreadableSeal`. */
export const openText = (key: KeyObject, sealed: string, subjectId: string, path: string): string =>
  decrypt(key, Buffer.from(sealed.slice(PREFIX.length), 'base64url'), placeOf(subjectId, path)).toString();
