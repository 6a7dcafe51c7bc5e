const MILLISECONDS = 86_400_000;

/** Number of a day such as 2026-03-01: days since 1970. */
export const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / MILLISECONDS;

export const dayOf = (number: number): string => new Date(number * MILLISECONDS).toISOString().slice(0, 10);

export const daysBetween = (from: string, to: string): number => dayNumber(to) - dayNumber(from);
