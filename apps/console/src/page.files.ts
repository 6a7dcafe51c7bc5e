import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

export interface PageFile {
  content: Buffer;
  type: string;
  /** Tag of the content. */
  etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Beside src and dist alike, so that the page needs no build. */
const folder = new URL('../public/', import.meta.url);

/** All files of the page by their names, in memory: a few dozen kilobytes, and no path from outside is ever opened. */
export const pageFiles = (): ReadonlyMap<string, PageFile> =>
  new Map(
    readdirSync(folder).flatMap((name) => {
      const type = types[extname(name)];
      if (!type) return [];
      const content = readFileSync(new URL(name, folder));
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
      return [[name, { content, type, etag }]];
    }),
  );
