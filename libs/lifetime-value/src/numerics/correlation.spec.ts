import { ranks } from './correlation.js';

describe('ranks', () => {
  it('begin at 1, and equal values share the mean of theirs', () => {
    expect([...ranks(Float64Array.of(30, 10, 20, 10))]).toEqual([4, 1.5, 3, 1.5]);
  });

  it('come to an end where a value is not a number', () => {
    expect([...ranks(Float64Array.of(Number.NaN, 2, Number.NaN))].sort()).toEqual([1, 2, 3]);
  });
});
