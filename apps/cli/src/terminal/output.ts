/** Prints the answer of a command: as JSON, or for people. */
export function print<Answer>(
  answer: Answer,
  json: boolean | undefined,
  forPeople: (answer: Answer) => string,
): void {
  const text = json ? JSON.stringify(answer, undefined, 2) : forPeople(answer);
  process.stdout.write(`${visible(text)}\n`);
}

/** What comes from outside must not command the terminal. */
const visible = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');

export type Cell = string | number | null | undefined;

/** Rows under each other in columns; numbers to the right. The first row names the columns. */
export function table(rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : (cell ?? '–'))),
  );
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  );
  const isNumber = widths.map((_, column) => rows.slice(1).some((row) => typeof row[column] === 'number'));
  return shown
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `2026-03-01 12:00:00` (UTC). */
export const moment = (time: string | null | undefined): string =>
  time ? time.slice(0, 19).replace('T', ' ') : 'never';
