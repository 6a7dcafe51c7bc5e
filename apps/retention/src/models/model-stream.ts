import { createHash } from 'node:crypto';

/** What decisions about models are about. */
export const MODEL_SUBJECT = 'model:orders';
/** Stream of all decisions about models: a UUID made from its subject. */
export const MODEL_STREAM = createHash('sha256')
  .update(MODEL_SUBJECT)
  .digest('hex')
  .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
