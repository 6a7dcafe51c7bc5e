import { FileProblem } from './import.problem.js';
import type { Line } from './line.js';

/** No line of orders is as long; a file without line ends is not read into memory. Characters. */
const LONGEST = 1_000_000;

/** Lines of text, by whatever their values are told apart. Empty ones are left out. */
export async function* textLines(
  text: AsyncIterable<string>,
  valuesOf: (line: string) => string[],
): AsyncGenerator<Line> {
  let number = 0;
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST) throw new FileProblem(`Line ${number + lines.length + 1} never ends.`);
    for (const line of lines) {
      number++;
      if (line.trim() !== '') yield { number, values: valuesOf(line) };
    }
  }
  if (rest.trim() !== '') yield { number: number + 1, values: valuesOf(rest) };
}

/** Values parted by runs of blanks; blanks at the ends of the line part nothing. */
export const partedByBlanks = (line: string): string[] => line.trim().split(/\s+/);

/** Values at fixed places; `start` counts from 1. */
export const atPlaces =
  (columns: readonly { start: number; width: number }[]) =>
  (line: string): string[] =>
    columns.map(({ start, width }) => line.slice(start - 1, start - 1 + width).trim());
