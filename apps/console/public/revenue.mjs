import { drawn, element, empty } from './elements.mjs';
import { money, monthName, number, short } from './format.mjs';

const WIDTH = 760;
const HEIGHT = 290;
const LEFT = 54;
const BOTTOM = 30;
const TOP = 20;

/** Revenue and orders of each calendar month, without gaps, from what the cohorts bought in it. */
export function byMonth(cohorts) {
  const months = new Map();
  for (const { cohort, monthsSince, revenue, orders } of cohorts) {
    const index = monthIndex(cohort) + monthsSince;
    const month = months.get(index) ?? { revenue: 0, orders: 0 };
    months.set(index, { revenue: month.revenue + Number(revenue), orders: month.orders + orders });
  }
  const indexes = [...months.keys()];
  const first = Math.min(...indexes);
  return Array.from({ length: indexes.length ? Math.max(...indexes) - first + 1 : 0 }, (_, offset) => ({
    month: new Date(Date.UTC(0, first + offset, 1)).setUTCFullYear(Math.floor((first + offset) / 12)),
    ...(months.get(first + offset) ?? { revenue: 0, orders: 0 }),
  }));
}

const monthIndex = (date) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;

/** A step of 1, 2 or 5 times a power of ten that divides the height into three to six parts. */
function stepOf(highest) {
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

export function revenue({ cohorts, currency, lastOrderAt }) {
  const months = byMonth(cohorts);
  if (months.length === 0) return empty('No orders yet.');
  const highest = Math.max(1, ...months.map((month) => month.revenue));
  const step = stepOf(highest);
  const top = Math.ceil(highest / step) * step;
  const y = (amount) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - amount / top);
  const width = (WIDTH - LEFT) / months.length;
  const every = Math.ceil(months.length / 7);
  const total = months.reduce((sum, month) => sum + month.revenue, 0);
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, line) => line * step);
  const chart = drawn(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': `${money(total, currency)} in ${months.length} months, at most ${money(highest, currency)} in one.`,
    },
    ...grid.flatMap((amount) => [
      drawn('line', { x1: LEFT, x2: WIDTH, y1: y(amount), y2: y(amount) }),
      drawn('text', { x: LEFT - 6, y: y(amount) + 4, 'text-anchor': 'end' }, short(amount)),
    ]),
    ...months.flatMap(({ month, revenue, orders }, index) => {
      const x = LEFT + index * width;
      const isPartial = index === months.length - 1 && !endsMonth(lastOrderAt);
      const words = `${monthName(month)}: ${money(revenue, currency)}, ${number(orders)} orders`;
      return [
        drawn(
          'rect',
          {
            class: isPartial && 'partial',
            x: x + width * 0.14,
            y: y(revenue),
            width: width * 0.72,
            height: y(0) - y(revenue),
            rx: Math.min(3, width * 0.1),
          },
          drawn('title', {}, isPartial ? `${words}, so far` : words),
        ),
        index % every === 0 &&
          x + width / 2 < WIDTH - 36 &&
          drawn('text', { x: x + width / 2, y: HEIGHT - 5, 'text-anchor': 'middle' }, monthName(month)),
      ];
    }),
  );
  return element('figure', {}, chart);
}

/** Whether a moment lies on the last two days of its month. */
function endsMonth(moment) {
  const date = new Date(moment);
  const later = new Date(date.getTime() + 2 * 86_400_000);
  return date.getUTCMonth() !== later.getUTCMonth();
}
