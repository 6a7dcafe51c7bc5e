/**
 * The four relationship groups of Reinartz & Kumar ("The mismanagement of customer loyalty", Harvard Business
 * Review, July 2002): by profitability, and by how long the relationship is projected to last.
 */
export const groups = ['true friend', 'butterfly', 'barnacle', 'stranger'] as const;
export type Group = (typeof groups)[number];

export interface GroupMeaning {
  profitable: boolean;
  loyal: boolean;
  /** What to do with its customers, after the same article, in our words. */
  strategy: string;
}

export const meaningOf: Record<Group, GroupMeaning> = {
  'true friend': {
    profitable: true,
    loyal: true,
    strategy:
      'Keep and defend them. Reward loyalty in deeds, not in discounts; contact them steadily but not often: too much drives them away. Give them what others do not get, and listen to them first.',
  },
  butterfly: {
    profitable: true,
    loyal: false,
    strategy:
      'Enjoy them while they are here. Earn on every transaction with offers of the moment; do not try to make them loyal, and stop investing as soon as they have gone: few come back.',
  },
  barnacle: {
    profitable: false,
    loyal: true,
    strategy:
      'Find out whether their wallet is small or our share of it. If our share is small, sell more and dearer things to them; if the wallet is small, lower what serving them costs, or charge for it.',
  },
  stranger: {
    profitable: false,
    loyal: false,
    strategy: 'Invest nothing in the relationship. Earn on every single transaction, or let it be.',
  },
};

export const groupOf = (profitable: boolean, loyal: boolean): Group =>
  groups.find((group) => meaningOf[group].profitable === profitable && meaningOf[group].loyal === loyal)!;

const quoted = (of: readonly Group[]) => of.map((group) => `'${group}'`).join(', ');

/** SQL: the groups with a property, as a list of texts. */
export const groupsThatAre = (property: 'profitable' | 'loyal'): string =>
  quoted(groups.filter((group) => meaningOf[group][property]));

/** SQL: the group of two conditions. */
export const groupSql = (profitable: string, loyal: string): string =>
  `case when ${profitable} then case when ${loyal} then '${groupOf(true, true)}' else '${groupOf(true, false)}' end
        else case when ${loyal} then '${groupOf(false, true)}' else '${groupOf(false, false)}' end end`;
