import type { WriteStream } from 'node:tty';

/** Milliseconds between two lines where there is no terminal, and between two looks of a bar. */
const BETWEEN_LINES = 5_000;
const BETWEEN_LOOKS = 100;

/** How far something is: a bar on a terminal, a line now and then elsewhere, nothing if it is quiet. */
export class Progress {
  private last: number;
  private drawn = false;

  constructor(
    private readonly options: {
      quiet: boolean;
      stream?: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;
      now?: () => number;
    },
  ) {
    // What is done at once needs no bar.
    this.last = (options.now ?? Date.now)();
  }

  /** `part` of the whole, 0 to 1, and what to say beside it. */
  show(part: number, text: string): void {
    const { quiet, stream = process.stderr, now = Date.now } = this.options;
    if (quiet) return;
    const time = now();
    if (time - this.last < (stream.isTTY ? BETWEEN_LOOKS : BETWEEN_LINES)) return;
    this.last = time;
    const done = Math.min(1, Math.max(0, part));
    const percent = `${Math.floor(done * 100)} %`.padStart(5);
    if (!stream.isTTY) {
      stream.write(`${percent}  ${text}\n`);
      return;
    }
    const bar = '█'.repeat(Math.round(done * 20)).padEnd(20, '░');
    stream.write(`\r${`${bar} ${percent}  ${text}`.slice(0, (stream.columns || 80) - 1)}\u001b[K`);
    this.drawn = true;
  }

  /** Takes the bar away. */
  end(): void {
    if (this.drawn) (this.options.stream ?? process.stderr).write('\r\u001b[K');
    this.drawn = false;
  }
}

/** `1:05` for 65 seconds; hours where there are any. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number: number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Says a rate and, from what is done of the whole, the time that remains. */
export function paceOf(count: number, part: number, seconds: number): string {
  const rate = seconds > 0 ? count / seconds : 0;
  const remaining = part > 0.005 ? `, ${duration((seconds / part) * (1 - part))} left` : '';
  return `${number(rate)} a second${remaining}`;
}

/** A whole number with thousands parted: 69,659. */
export const number = (value: number): string => Math.round(value).toLocaleString('en-US');
