import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { UsageProblem } from '../system/problem.js';
import { FileProblem } from './import.problem.js';

/** Bytes that are read, and unpacked, at once. */
const PIECE = 64 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
const known: readonly [Buffer, string][] = [
  [Buffer.from('PK\u0003\u0004'), 'a ZIP archive or an Excel file; save it as CSV'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'compressed with zstd; unpack it, or use gzip'],
  [Buffer.from('BZh'), 'compressed with bzip2; unpack it, or use gzip'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'compressed with xz; unpack it, or use gzip'],
  [Buffer.from('PAR1'), 'a Parquet file; save it as CSV'],
];

/** A file that is read from the beginning to the end once, plain or gzipped. */
export class ImportFile {
  /** Bytes of the disk whose text was handed out. */
  private bytesUnpacked = 0;
  /** Line ends in that text; a little ahead of what was made of them. */
  private lineEnds = 0;

  private constructor(
    readonly name: string,
    /** Bytes on the disk. */
    readonly size: number,
    private readonly gzipped: boolean,
  ) {}

  /** Which part of the file lies before a line, 0 to 1: the lines that are not read yet are as long as the others. */
  partBefore(line: number): number {
    if (this.lineEnds === 0) return 0;
    return Math.min(1, (line / this.lineEnds) * (this.bytesUnpacked / this.size));
  }

  /** Throws a UsageProblem if there is no such file, a FileProblem if it holds no text. */
  static async open(name: string): Promise<ImportFile> {
    const { size, beginning } = await inspect(name);
    if (size === 0) throw new FileProblem(`${name} is empty.`);
    const format = known.find(([magic]) => beginning.subarray(0, magic.length).equals(magic))?.[1];
    if (format) throw new FileProblem(`${name} is ${format}.`);
    return new ImportFile(name, size, beginning.subarray(0, 2).equals(GZIP));
  }

  /** The text, piece by piece. Throws a FileProblem that says after which line it can't be read further. */
  async *text(encoding = 'utf-8'): AsyncGenerator<string> {
    const decoder = this.decoder(encoding);
    let isText: boolean | undefined;
    const bytes = createReadStream(this.name, { highWaterMark: PIECE });
    try {
      for await (const chunk of this.unpacked(bytes)) {
        if (isText === undefined) isText = !chunk.includes(0) || /^utf-?16/i.test(encoding);
        if (!isText) throw new FileProblem(`${this.name} is a binary file, no text.`);
        yield this.decoded(decoder, chunk);
      }
      yield this.decoded(decoder);
    } catch (error) {
      throw this.problem(error, encoding);
    } finally {
      bytes.destroy();
    }
  }

  private async *unpacked(bytes: ReadStream): AsyncGenerator<Buffer> {
    if (!this.gzipped) {
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        this.bytesUnpacked += chunk.length;
        yield chunk;
      }
      return;
    }
    const gunzip = createGunzip({ chunkSize: PIECE });
    bytes.once('error', (error) => gunzip.destroy(error));
    for await (const chunk of bytes.pipe(gunzip) as AsyncIterable<Buffer>) {
      this.bytesUnpacked = gunzip.bytesWritten;
      yield chunk;
    }
  }

  private decoded(decoder: TextDecoder, chunk?: Buffer): string {
    try {
      const text = chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
      this.lineEnds += lineEndsIn(text);
      return text;
    } catch (error) {
      const [before = ''] = new TextDecoder(decoder.encoding).decode(chunk).split('\ufffd');
      this.lineEnds += lineEndsIn(before);
      throw error;
    }
  }

  private decoder(encoding: string): TextDecoder {
    try {
      return new TextDecoder(encoding, { fatal: true });
    } catch {
      throw new FileProblem(`There is no text encoding "${encoding}"; try utf-8 or windows-1252.`);
    }
  }

  private problem(error: unknown, encoding: string): unknown {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return new FileProblem(
        `${this.name} is not ${encoding}: line ${this.lineEnds + 1} has other characters. Name the file's encoding in the mapping (format.encoding), e.g. windows-1252.`,
      );
    }
    if (code === 'Z_BUF_ERROR') {
      return new FileProblem(
        `${this.name} is cut off after line ${this.lineEnds}: the gzip file ends too early. Get the whole file and import it again; nothing is counted twice.`,
      );
    }
    if (code?.startsWith('Z_')) {
      return new FileProblem(`${this.name} is damaged after line ${this.lineEnds}: ${message} (gzip).`);
    }
    return error;
  }
}

function lineEndsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

async function inspect(name: string): Promise<{ size: number; beginning: Buffer }> {
  try {
    const file = await open(name);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new UsageProblem(`${name} is no file.`);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
      return { size: stat.size, beginning: buffer.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UsageProblem) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new UsageProblem(`There is no file ${name}.`);
    throw new UsageProblem(`${name} can't be read: ${(error as Error).message}.`);
  }
}
