import type { Random } from '../chance/random.js';
import { DAY, seasonality } from './calendar.js';
import { growth } from './company.parameters.js';

/**
 * The times at which `count` people come, in sequence, without holding them all: sorted uniform numbers drawn
 * one after the other (Bentley and Saxe 1980), put on the days in proportion to growth and season.
 */
export function* arrivals(count: number, from: number, to: number, random: Random): Generator<number> {
  const days = cumulativeDays(from, to);
  const whole = days.at(-1)!;
  let rest = 1;
  let day = 0;
  for (let left = count; left > 0; left--) {
    rest *= (1 - random.uniform()) ** (1 / left);
    const target = (1 - rest) * whole;
    while (days[day]! <= target && day < days.length - 1) day++;
    const begin = day === 0 ? 0 : days[day - 1]!;
    const time = from + (day + (target - begin) / (days[day]! - begin)) * DAY;
    yield Math.min(time, to - 1);
  }
}

function cumulativeDays(from: number, to: number): number[] {
  const count = Math.max(1, Math.ceil((to - from) / DAY));
  let sum = 0;
  return Array.from({ length: count }, (_, day) => {
    const start = from + day * DAY;
    const length = Math.min(1, (to - start) / DAY);
    sum += length * seasonality(start) * (1 + ((growth - 1) * day) / count);
    return sum;
  });
}
