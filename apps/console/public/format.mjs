const locale = 'en';
const whole = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const month = new Intl.DateTimeFormat(locale, { month: 'short', year: '2-digit', timeZone: 'UTC' });
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

export const number = (value) => whole.format(value);
export const short = (value) => compact.format(value);
export const share = (part) => percent.format(part);
export const monthName = (date) => month.format(new Date(date));
export const dayName = (date) => day.format(new Date(date));
export const times = (factor) => `${factor < 10 ? factor.toFixed(1) : Math.round(factor)}×`;

/** Whole units: cents are for accounts. `currency` may be any three letters. */
export const money = (amount, currency) =>
  new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 0 }).format(amount);

const steps = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Infinity],
];

/** "3 minutes ago". */
export function ago(date, now = Date.now()) {
  let amount = Math.max(0, now - new Date(date).getTime()) / 1000;
  for (const [unit, size] of steps) {
    if (amount < size) return relative.format(-Math.round(amount), unit);
    amount /= size;
  }
}
