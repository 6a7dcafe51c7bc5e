import { utcMilliseconds } from '@perennial/events';
import { SettingProblem } from '../system/problem.js';

/** The moment that a text states, RFC 3339 in UTC; undefined if it states none. */
export type MomentReader = (text: string) => string | undefined;

const tokens: Record<string, string> = {
  yyyy: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<millisecond>\\d{3})',
};
const token = /yyyy|MM|M|dd|d|HH|H|mm|ss|SSS/g;

/**
 * Reads times that are written in a format (`yyyy-MM-dd HH:mm:ss`, or `rfc3339`) in a time zone's local
 * time. An hour that the clocks show twice is taken for the first of the two; one that they skip, for the
 * hour after it. Throws a SettingProblem for a zone or a format that there is not.
 */
export function momentReader(format: string, zone: string): MomentReader {
  const local = format === 'rfc3339' ? utcMilliseconds : localReader(format, zone);
  // Neighbouring lines mostly state the same time.
  let last: string | undefined;
  let moment: string | undefined;
  return (text) => (text === last ? moment : (moment = local((last = text))));
}

function localReader(format: string, zone: string): MomentReader {
  const offset = offsetOf(zone);
  const pattern = patternOf(format);
  return (text) => {
    const parts = pattern.exec(text)?.groups;
    if (!parts) return undefined;
    const {
      year = '',
      month = '',
      day = '',
      hour = '0',
      minute = '0',
      second = '0',
      millisecond = '0',
    } = parts;
    const two = (digits: string) => digits.padStart(2, '0');
    const clock = utcMilliseconds(
      `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.${millisecond.padStart(3, '0')}Z`,
    );
    return clock && new Date(inUtc(Date.parse(clock), offset)).toISOString();
  };
}

function patternOf(format: string): RegExp {
  const escaped = format.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  try {
    const pattern = new RegExp(`^${escaped.replace(token, (name) => tokens[name] ?? name)}$`);
    const names = new RegExp(`${pattern.source}|`).exec('')?.groups ?? {};
    if (['year', 'month', 'day'].every((name) => name in names)) return pattern;
  } catch {
    // A part stands twice in the format.
  }
  throw new SettingProblem(`The time format "${format}" needs yyyy, MM (or M) and dd (or d), each once.`);
}

/** Milliseconds by which a zone's clocks are ahead of UTC at a moment. */
type Offset = (moment: number) => number;

const HOUR = 3_600_000;

function inUtc(clock: number, offset: Offset): number {
  // The larger offset gives the earlier moment: of an hour shown twice, the first.
  const offsets = [offset(clock - 24 * HOUR), offset(clock + 24 * HOUR)].sort((a, b) => b - a);
  const found = offsets.map((ahead) => clock - ahead).find((moment) => moment + offset(moment) === clock);
  return found ?? clock - Math.min(...offsets);
}

function offsetOf(zone: string): Offset {
  if (zone === 'UTC') return () => 0;
  const clock = clockOf(zone);
  const hours = new Map<number, number>();
  return (moment) => {
    // Offsets change at whole quarters of an hour at most.
    const quarter = Math.floor(moment / (HOUR / 4));
    let ahead = hours.get(quarter);
    if (ahead === undefined) {
      ahead = clock(quarter * (HOUR / 4)) - quarter * (HOUR / 4);
      if (hours.size > 10_000) hours.clear();
      hours.set(quarter, ahead);
    }
    return ahead;
  };
}

function clockOf(zone: string): (moment: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    throw new SettingProblem(`There is no time zone "${zone}"; they are called like Europe/London.`);
  }
  return (moment) => {
    const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    return Date.parse(
      `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}Z`,
    );
  };
}
