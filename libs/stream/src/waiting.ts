/** One who waits for news, and may be told to wait no longer. */
export class Waiting {
  private wake: () => void = () => undefined;

  rouse(): void {
    this.wake();
  }

  /** Resolves when roused or aborted; at once where there is something new already. */
  until(isNew: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.wake = () => undefined;
        resolve();
      };
      this.wake = done;
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted || isNew()) done();
    });
  }
}
