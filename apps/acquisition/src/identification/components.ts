/** Pairs of subjects that an active link joins, one of which is in the frontier. */
export type Neighbours = (frontier: string[]) => Promise<readonly (readonly [string, string])[]>;

export interface Component {
  subjectIds: string[];
  /** It has more subjects than one customer can have; not all of them are named. */
  oversized: boolean;
}

/** Subjects joined to groups (union by size). */
class Groups {
  private readonly parents = new Map<string, string>();
  private readonly sizes = new Map<string, number>();

  /** Answers whether the subject is new. */
  add(subjectId: string): boolean {
    if (this.parents.has(subjectId)) return false;
    this.parents.set(subjectId, subjectId);
    this.sizes.set(subjectId, 1);
    return true;
  }

  join(one: string, other: string): void {
    let [small, large] = [this.rootOf(one), this.rootOf(other)];
    if (small === large) return;
    if (this.sizeAt(small) > this.sizeAt(large)) [small, large] = [large, small];
    this.parents.set(small, large);
    this.sizes.set(large, this.sizeAt(large) + this.sizeAt(small));
  }

  sizeOf = (subjectId: string) => this.sizeAt(this.rootOf(subjectId));

  all = () => Map.groupBy(this.parents.keys(), (subjectId) => this.rootOf(subjectId)).values();

  private sizeAt = (root: string) => this.sizes.get(root) as number;

  private rootOf(subjectId: string): string {
    const parent = this.parents.get(subjectId) as string;
    return parent === subjectId ? subjectId : this.rootOf(parent);
  }
}

/**
 * The connected components that hold the given subjects, found outwards from them, one query a step.
 * A component that grows beyond `most` subjects is not followed any further: the cost is bounded by what
 * was touched, not by the largest component there is.
 */
export async function componentsOf(
  subjectIds: Iterable<string>,
  neighbours: Neighbours,
  most: number,
): Promise<Component[]> {
  const groups = new Groups();
  let frontier = [...subjectIds].filter((subjectId) => groups.add(subjectId));
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const [one, other] of await neighbours(frontier)) {
      for (const subjectId of [one, other]) if (groups.add(subjectId)) next.push(subjectId);
      groups.join(one, other);
    }
    frontier = next.filter((subjectId) => groups.sizeOf(subjectId) <= most);
  }
  return [...groups.all()].map((members) => ({
    subjectIds: members.sort(),
    oversized: members.length > most,
  }));
}
