import { appendFileSync } from 'node:fs';

/** What happened when, in one file: what one reads first when a fault was not survived. */
export class History {
  private readonly began = Date.now();
  /** The last words, for a message. */
  readonly recent: string[] = [];

  constructor(
    private readonly file: string,
    private readonly onNote: (line: string) => void = () => undefined,
  ) {}

  note(what: string): void {
    const line = `${((Date.now() - this.began) / 1_000).toFixed(3).padStart(9)} s  ${what}`;
    this.recent.push(line);
    if (this.recent.length > 40) this.recent.shift();
    appendFileSync(this.file, `${line}\n`);
    this.onNote(line);
  }
}
