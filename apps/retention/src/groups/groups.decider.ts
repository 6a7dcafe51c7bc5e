import type { EventData } from '@perennial/events';
import type { Decision } from '@perennial/read-models';
import { meaningOf, type Group } from './group.js';

type GroupChanged = EventData<'group.changed'>;

/** A customer whose group is another than the one that is known of it. */
export interface Regrouped {
  customerId: string;
  from: Group;
  to: Group;
  asOf: string;
  modelVersion: number;
  valuePerYear: string;
  loyalty: number;
  expectedValue: string;
  currency: string | null;
  /** What it was grouped by before. */
  previousModelVersion: number;
  previousSetBy: string | null;
}

export interface ThresholdsInForce {
  valuePerYear: string;
  loyalty: number;
  setBy: string | null;
}

/** Says of each customer into which group it came, and why. Pure. */
export const groupChangesOf = (
  regrouped: readonly Regrouped[],
  { valuePerYear, loyalty, setBy }: ThresholdsInForce,
  now: Date,
): Decision<'group.changed'>[] =>
  regrouped.map(({ currency, previousModelVersion, previousSetBy, ...change }) => ({
    type: 'group.changed',
    streamId: change.customerId,
    subject: `customer:${change.customerId}`,
    time: now.toISOString(),
    data: {
      ...change,
      ...(currency && { currency }),
      thresholds: { valuePerYear, loyalty, ...(setBy && { setBy }) },
      reasons: [
        ...crossed(change.from, change.to),
        ...(previousModelVersion === change.modelVersion ? [] : ['model-changed' as const]),
        ...(previousSetBy === setBy ? [] : ['thresholds-changed' as const]),
      ],
    },
    cause: JSON.stringify([
      change.customerId,
      change.from,
      change.to,
      change.asOf,
      change.modelVersion,
      setBy,
    ]),
  }));

function crossed(from: Group, to: Group): GroupChanged['reasons'] {
  const [before, after] = [meaningOf[from], meaningOf[to]];
  return [
    ...(before.profitable === after.profitable
      ? []
      : [after.profitable ? ('became-profitable' as const) : ('no-longer-profitable' as const)]),
    ...(before.loyal === after.loyal
      ? []
      : [after.loyal ? ('became-loyal' as const) : ('no-longer-loyal' as const)]),
  ];
}
