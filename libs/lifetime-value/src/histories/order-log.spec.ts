import { histories } from './histories.js';
import { grouped } from './grouped.js';
import { summarise } from './order-log.js';

type Row = [customer: number, day: number, amount: number];
const summaryOf = (rows: Row[], options = { until: 100 }) =>
  summarise(
    {
      customer: rows.map(([who]) => who),
      day: rows.map(([, day]) => day),
      amount: rows.map(([, , paid]) => paid),
    },
    options,
  );

describe('an order log', () => {
  it('counts orders of one day once', () => {
    const { histories, spend } = summaryOf([
      [0, 10, 5],
      [0, 30, 7],
      [0, 30, 3],
      [0, 60, 20],
    ]);
    expect([histories.frequency[0], histories.recency[0], histories.age[0]]).toEqual([2, 50, 90]);
    expect(spend.mean[0]).toBe(15);
    expect(spend.first![0]).toBe(5);
  });

  it('leaves out who came later, and keeps the sequence of the file for nothing', () => {
    const { customer } = summaryOf([
      [2, 101, 5],
      [1, 50, 7],
      [0, 99, 3],
    ]);
    expect([...customer]).toEqual([0, 1]);
  });

  it('counts what happened afterwards apart', () => {
    const { histories, holdout } = summarise(
      { customer: [0, 0, 0, 0], day: [10, 120, 120, 180], amount: [1, 5, 6, 7] },
      { until: 100, holdoutUntil: 150 },
    );
    expect(histories.frequency[0]).toBe(0);
    expect(holdout).toEqual({ days: 50, orders: Float64Array.of(1), amount: Float64Array.of(11) });
  });

  it('takes refunds off the latest orders before', () => {
    const { spend, histories } = summaryOf([
      [0, 1, 50],
      [0, 10, 30],
      [0, 20, 40],
      [0, 25, -60],
    ]);
    expect(histories.frequency[0]).toBe(2);
    expect(spend.mean[0]).toBe((10 + 0) / 2);
  });

  it('knows no order that was paid back the same day', () => {
    const { histories, unmatchedRefunds } = summaryOf([
      [0, 1, 50],
      [0, 20, 77_183],
      [0, 20, -77_183],
    ]);
    expect(histories.frequency[0]).toBe(0);
    expect(unmatchedRefunds).toBe(0);
  });

  it('counts refunds of what was never paid', () => {
    const { spend, unmatchedRefunds } = summaryOf([
      [0, 1, 50],
      [0, 20, 10],
      [0, 30, -500],
    ]);
    expect(unmatchedRefunds).toBe(1);
    expect(spend.mean[0]).toBe(0);
  });

  it('does not let the future lower what was known', () => {
    const { spend, holdout } = summarise(
      { customer: [0, 0, 0], day: [10, 50, 120], amount: [10, 40, -40] },
      { until: 100, holdoutUntil: 150 },
    );
    expect(spend.mean[0]).toBe(40);
    expect(holdout.amount[0]).toBe(0);
  });

  it('counts opportunities for models in discrete time', () => {
    const { histories } = summarise({ customer: [0, 0, 0], day: [0, 8, 13] }, { until: 30, periodDays: 7 });
    expect([histories.frequency[0], histories.recency[0], histories.age[0], histories.periodDays]).toEqual([
      1, 1, 4, 7,
    ]);
  });
});

describe('histories', () => {
  it.each([
    [
      { frequency: [1], recency: [9], age: [8] },
      'Row 0: the last order must be between the first and the end',
    ],
    [{ frequency: [0, -1], recency: [0, 0], age: [8, 8] }, 'Row 1: the frequency'],
    [{ frequency: [0], recency: [3], age: [8] }, 'without a repeat order'],
    [{ frequency: [1], recency: [0.5], age: [8] }, 'whole periods'],
    [{ frequency: [1], recency: [1], age: [8], weight: [NaN] }, 'weight'],
    [{ frequency: [1], recency: [1], age: [8], weight: [Infinity] }, 'weight'],
    [{ frequency: [2 ** 32 + 1], recency: [1], age: [8] }, 'from 0 to 2147483647'],
    [{ frequency: [1], recency: [-1], age: [8] }, 'between the first and the end'],
    [{ frequency: [0], recency: [0], age: [-1] }, 'age must be between'],
    [{ frequency: [0], recency: [0], age: [1_000_001] }, 'age must be between'],
    [{ frequency: Int32Array.of(0, -2), recency: Int32Array.of(0, 0), age: Int32Array.of(8, 8) }, 'Row 1'],
    [{ frequency: [1, 2], recency: [1], age: [8] }, 'equally long'],
  ])('refuse what no model can explain: %j', (columns, message) => {
    expect(() => histories(columns)).toThrow(message);
  });

  it('take whatever a model can explain, up to the ends of the ranges', () => {
    const columns = {
      frequency: [0, 1, 2_147_483_647, 0],
      recency: [0, 0, 1_000_000, 0],
      age: [0, 0, 1_000_000, 9],
    };
    const { frequency, recency, age } = histories(columns);
    expect([frequency, recency, age].map((column) => [...column])).toEqual(Object.values(columns));
  });

  it('are grouped without losing a customer', () => {
    const rows = Array.from({ length: 5000 }, (_, row) => row);
    const all = histories({
      frequency: rows.map((row) => 1 + (row % 7)),
      recency: rows.map((row) => row % 90),
      age: rows.map((row) => 90 + (row % 11)),
    });
    const { size, weight, frequency, recency, age } = grouped(all);
    expect(weight.reduce((sum, each) => sum + each, 0)).toBe(5000);
    const keys = new Set(Array.from(frequency, (x, row) => `${x} ${recency[row]!} ${age[row]!}`));
    expect(keys.size).toBe(size);
    expect(size).toBe(new Set(rows.map((row) => `${row % 7} ${row % 90} ${row % 11}`)).size);
  });
});
