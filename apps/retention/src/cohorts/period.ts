export const periodUnits = ['week', 'month', 'quarter', 'year'] as const;
export type PeriodUnit = (typeof periodUnits)[number];

const part = (field: string, day: string) => `extract(${field} from ${day})::int`;

/** SQL: the number of the period that a day lies in; periods that follow each other have numbers that do. */
export const periodOf: Record<PeriodUnit, (day: string) => string> = {
  // 1970-01-05 was a Monday: weeks begin as in ISO 8601.
  week: (day) => `div(${day} - date '1970-01-05', 7)::int`,
  month: (day) => `(${part('year', day)} * 12 + ${part('month', day)} - 1)`,
  quarter: (day) => `(${part('year', day)} * 4 + ${part('quarter', day)} - 1)`,
  year: (day) => part('year', day),
};

/** SQL: the first day of the period with this number. */
export const firstDayOf: Record<PeriodUnit, (period: string) => string> = {
  week: (period) => `(date '1970-01-05' + 7 * ${period})`,
  month: (period) => `make_date(${period} / 12, ${period} % 12 + 1, 1)`,
  quarter: (period) => `make_date(${period} / 4, ${period} % 4 * 3 + 1, 1)`,
  year: (period) => `make_date(${period}, 1, 1)`,
};
