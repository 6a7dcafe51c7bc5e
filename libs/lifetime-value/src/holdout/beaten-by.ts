/** What predictions are judged by; of each the better direction. */
const better = {
  errorPercent: (one, other) => Math.abs(one) < Math.abs(other),
  meanAbsoluteError: (one, other) => one < other,
  rootMeanSquaredError: (one, other) => one < other,
  deviance: (one, other) => one < other,
  brierScore: (one, other) => one < other,
  auc: (one, other) => one > other,
  spearman: (one, other) => one > other,
  topTenthShare: (one, other) => one > other,
} satisfies Record<string, (one: number, other: number) => boolean>;

export type Measure = keyof typeof better;
export type BeatenBy = Partial<Record<Measure, string[]>>;

/** Names of the rows that did better than the chosen one, by measure. Rows may lack measures. */
export function beatenBy(
  chosen: Partial<Record<Measure, number>>,
  others: readonly ({ name: string } & Partial<Record<Measure, number>>)[],
  measures = Object.keys(better) as readonly Measure[],
): BeatenBy {
  return Object.fromEntries(
    measures
      .map((measure): [Measure, string[]] => [
        measure,
        others.filter((row) => isBetter(measure, row[measure], chosen[measure])).map(({ name }) => name),
      ])
      .filter(([, names]) => names.length > 0),
  );
}

const isBetter = (measure: Measure, one: number | undefined, other: number | undefined): boolean =>
  one !== undefined && other !== undefined && better[measure](one, other);
