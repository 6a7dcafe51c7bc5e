import type { Histories } from '../histories/histories.js';

/** What anybody could say without a model, shown beside every model. */
export interface Baseline {
  name: string;
  /** Orders in the next `horizonDays`, or a score that only ranks. */
  predicts: 'orders' | 'ranking';
  scores: (histories: Histories, horizonDays: number) => Float64Array;
}

export const baselines: readonly Baseline[] = [
  {
    name: 'own rate × time',
    predicts: 'orders',
    scores: ({ frequency, age, periodDays }, horizonDays) =>
      Float64Array.from(frequency, (x, row) => (age[row] ? (x * horizonDays) / (age[row] * periodDays) : 0)),
  },
  {
    name: 'same count again',
    predicts: 'orders',
    scores: ({ frequency }) => Float64Array.from(frequency),
  },
  {
    name: 'everybody alike',
    predicts: 'orders',
    scores: ({ frequency, age, weight, periodDays, size }, horizonDays) => {
      let [orders, days] = [0, 0];
      for (let row = 0; row < size; row++) {
        orders += weight[row]! * frequency[row]!;
        days += weight[row]! * age[row]! * periodDays;
      }
      return new Float64Array(size).fill(days > 0 ? (orders / days) * horizonDays : 0);
    },
  },
  {
    name: 'most recent first',
    predicts: 'ranking',
    scores: ({ recency, age }) => Float64Array.from(recency, (last, row) => last - age[row]!),
  },
];
