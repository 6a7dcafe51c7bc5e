import type { EventData } from '@perennial/events';

/** The customer that identification decided last for a subject. */
export interface Assignment {
  customerId: string;
  /** Milliseconds since 1970. */
  decidedAt: number;
}

export type Reassignment = { subjectIds: string[]; customerId: string; time: string } & (
  | { type: 'customers.merged'; data: EventData<'customers.merged'> }
  | { type: 'customers.split'; data: EventData<'customers.split'> }
);

/** What is known when identification decides. */
export interface Known {
  /** Subjects that belong together, sorted. All subjects that a former customer had, if any of them is here. */
  components: readonly (readonly string[])[];
  assigned: ReadonlyMap<string, Assignment>;
  /** Ids of the events that touched a subject. */
  because: ReadonlyMap<string, readonly string[]>;
}

/**
 * Makes each component one customer, called after its smallest subject id: so the result depends on the
 * links alone, not on the order in which they came. A subject that nothing was decided about is its own
 * customer. Nothing is decided about subjects that have the right customer already.
 * A decision is always later than the last one about the same subjects, whatever the clock says, because
 * the later one holds.
 */
export function reassign({ components, assigned, because }: Known, now: number): Reassignment[] {
  const customerOf = (subjectId: string) => assigned.get(subjectId)?.customerId ?? subjectId;
  const parted = customersInParts(components, customerOf);
  return components.flatMap((component) => {
    const customerId = component[0] as string;
    const leaving = Map.groupBy(component, customerOf);
    leaving.delete(customerId);
    const causes = [...new Set(component.flatMap((subjectId) => because.get(subjectId) ?? []))].sort();
    const decided = (subjectIds: string[]) => {
      const last = Math.max(
        ...subjectIds.map((subjectId) => assigned.get(subjectId)?.decidedAt ?? -Infinity),
      );
      return { subjectIds, customerId, time: new Date(Math.max(now, last + 1)).toISOString() };
    };

    const splits = [...leaving]
      .filter(([fromCustomerId]) => parted.has(fromCustomerId))
      .map(([fromCustomerId, subjectIds]) => ({
        type: 'customers.split' as const,
        ...decided(subjectIds),
        data: { customerId, fromCustomerId, subjectIds, because: causes },
      }));
    const joining = [...leaving]
      .flatMap(([fromCustomerId, subjectIds]) => (parted.has(fromCustomerId) ? [] : subjectIds))
      .sort();
    if (joining.length === 0) return splits;
    const merge = {
      type: 'customers.merged' as const,
      ...decided(joining),
      data: { customerId, subjectIds: joining, because: causes },
    };
    return [...splits, merge];
  });
}

/** Customers whose subjects are in several components now. */
function customersInParts(
  components: Known['components'],
  customerOf: (subjectId: string) => string,
): ReadonlySet<string> {
  const componentOf = new Map<string, number>();
  const parted = new Set<string>();
  components.forEach((component, index) => {
    for (const customerId of component.map(customerOf)) {
      const other = componentOf.get(customerId) ?? index;
      componentOf.set(customerId, other);
      if (other !== index) parted.add(customerId);
    }
  });
  return parted;
}
