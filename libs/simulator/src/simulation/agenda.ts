interface Entry<Item> {
  time: number;
  /** What was entered first comes first, of two at the same time. */
  sequence: number;
  item: Item;
}

const before = <Item>(one: Entry<Item>, other: Entry<Item>) =>
  one.time < other.time || (one.time === other.time && one.sequence < other.sequence);

/** What is still to come, the next first: a binary heap, so that only what is open is in memory. */
export class Agenda<Item> {
  readonly #heap: Entry<Item>[] = [];
  #entered = 0;

  get size(): number {
    return this.#heap.length;
  }

  enter(time: number, item: Item): void {
    const entry = { time, sequence: this.#entered++, item };
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, this.#heap[parent]!)) break;
      this.#heap[index] = this.#heap[parent]!;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  next(): { time: number; item: Item } | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first && last && first !== last) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<Item>): void {
    const { length } = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && before(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (!before(this.#heap[child]!, entry)) break;
      this.#heap[index] = this.#heap[child]!;
      index = child;
    }
    this.#heap[index] = entry;
  }
}
