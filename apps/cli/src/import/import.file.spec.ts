import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { csvLines } from './csv.reader.js';
import { ImportFile } from './import.file.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'perennial-import-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LINES = 70_000;
/** Numbers that hardly repeat, as in a real file of orders. */
const text = Array.from({ length: LINES }, (_, n) => `${n},${(n * 2_654_435_761) % 99_991},2.50\n`).join('');

describe('how far a file has been read', () => {
  it.each([
    ['plain', text],
    ['gzipped', gzipSync(text)],
  ])('is told line by line, though it is read ahead: %s', async (_, content) => {
    const path = join(folder, 'orders');
    writeFileSync(path, content);
    const file = await ImportFile.open(path);
    let read = 0;
    for await (const { number } of csvLines(file.text())) {
      read++;
      // The first pieces say little of the others.
      if (number % 1_000 !== 0 || number < LINES / 4) continue;
      expect(Math.abs(file.partBefore(number) - number / LINES)).toBeLessThan(0.1);
    }
    expect(read).toBe(LINES);
    expect(file.partBefore(LINES)).toBe(1);
  });
});
