/** How often what stays the same is told, in milliseconds. */
const TELL_EVERY = 60_000;

/** Keeps what fails several times a second, always for the same reason, from filling the log. */
export class Seldom {
  private told?: { what: string; at: number };

  /** Whether this is to be told now: it is new, or was told a minute ago. */
  isDue(what: string): boolean {
    const at = performance.now();
    if (this.told?.what === what && at - this.told.at < TELL_EVERY) return false;
    this.told = { what, at };
    return true;
  }

  /** It is over: if it comes again it is new. */
  forget(): void {
    this.told = undefined;
  }
}
