interface Entry<Value> {
  value: Value;
  until: number;
}

/** Remembers at most `size` values, those used last, each for at most `maxAge` milliseconds. */
export class Recent<Value> {
  private readonly entries = new Map<string, Entry<Value>>();

  constructor(
    private readonly size: number,
    private readonly maxAge: number,
  ) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    if (entry.until <= Date.now()) return undefined;
    // A Map keeps the order of insertion: what is used goes to the end.
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, { value, until: Date.now() + this.maxAge });
    if (this.entries.size <= this.size) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
