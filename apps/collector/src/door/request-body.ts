import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Unreadable } from './unreadable.js';

type Inflate = (bytes: Buffer, options: zlib.ZlibOptions & zlib.BrotliOptions) => Promise<Buffer>;

// `unzip` tells gzip and deflate apart by itself.
const unzip: Inflate = promisify(zlib.unzip);
const inflates: Record<string, Inflate> = {
  gzip: unzip,
  'x-gzip': unzip,
  deflate: unzip,
  br: promisify(zlib.brotliDecompress),
};

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The body as it was before it was compressed, at most `limit` bytes. Gzip is recognised without a header too: some
 * clients don't send one. Throws `Unreadable`.
 */
export async function inflated(bytes: Buffer, encodings: string | undefined, limit: number): Promise<Buffer> {
  const codings = (encodings ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0 && isGzip(bytes)) codings.push('gzip');
  if (codings.length > 1) throw new Unreadable('unsupported-encoding', 'The body may be compressed once.');
  const inflate = codings[0] === undefined ? undefined : inflates[codings[0]];
  if (codings.length > 0 && !inflate) {
    throw new Unreadable('unsupported-encoding', 'Content-Encoding may be gzip, deflate, br or identity.');
  }
  const body = inflate ? await bounded(inflate, bytes, limit) : bytes;
  if (body.length > limit) throw tooLarge(limit);
  return body;
}

async function bounded(inflate: Inflate, bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new Unreadable('bad-compression', 'The body is not compressed as Content-Encoding says.');
  }
}

export const tooLarge = (limit: number) =>
  new Unreadable('too-large', `A request holds at most ${limit} bytes.`);

/** The body as text. Throws `Unreadable` for what is not UTF-8. */
export function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new Unreadable('bad-encoding', 'The body must be UTF-8.');
  const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return body.toString('utf8', hasByteOrderMark ? 3 : 0);
}

/** A text parsed as JSON. Throws `Unreadable`; the parser's own message would quote the text. */
export function jsonOf(text: string): unknown {
  if (text.trim() === '') throw new Unreadable('empty-body', 'The body is empty.');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    throw new Unreadable(
      'not-json',
      `The body is not JSON${position ? `, from character ${position} on` : ''}.`,
    );
  }
}
