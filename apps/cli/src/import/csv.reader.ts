import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { FileProblem } from './import.problem.js';
import type { Line } from './line.js';

/** A quote that nobody closes would otherwise swallow the rest of the file. Characters. */
const LONGEST = 1_000_000;

interface Parsed {
  record: string[];
  info: { lines: number };
}

/** Records of a CSV file (RFC 4180), with values trimmed. Empty lines are left out. */
export async function* csvLines(text: AsyncIterable<string>, delimiter = ','): AsyncGenerator<Line> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    trim: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST,
  });
  // A problem of the text ends the parser with it, and so the loop below.
  pipeline(Readable.from(text), parser, () => undefined);
  let line = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      line = info.lines;
      yield { number: line - lineEndsIn(record), values: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new FileProblem(
      `The CSV file can't be read from line ${line + 1} on: ${meanings[error.code] ?? error.message}`,
    );
  }
}

const meanings: Partial<Record<CsvError['code'], string>> = {
  CSV_MAX_RECORD_SIZE: 'a record never ends. Probably a quote is opened there and not closed.',
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and not closed.',
};

/** Values in quotes may go over several lines; the parser counts up to the last of them. */
const lineEndsIn = (record: readonly string[]) =>
  record.reduce((ends, value) => ends + (value.includes('\n') ? value.split('\n').length - 1 : 0), 0);
