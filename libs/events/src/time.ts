const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * A moment as `2026-03-01T12:00:00.000Z`: UTC, milliseconds (finer digits are cut off). Undefined if the text
 * is not RFC 3339 with an offset, or names a day or an hour that there is not. Leap seconds are not known.
 */
export function utcMilliseconds(text: string): string | undefined {
  return inUtc(text) ?? inAnyForm(text);
}

/** What nearly all sources send, quickly: UTC, with milliseconds or without a fraction. */
function inUtc(text: string): string | undefined {
  if (!text.endsWith('Z')) return undefined;
  const full = text.length === 20 ? `${text.slice(0, -1)}.000Z` : text;
  if (full.length !== 24) return undefined;
  const time = Date.parse(full);
  return Number.isNaN(time) || new Date(time).toISOString() !== full ? undefined : full;
}

function inAnyForm(text: string): string | undefined {
  const parts = RFC_3339.exec(text);
  if (!parts) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = '',
    sign,
    offsetHour = '0',
    offsetMinute = '0',
  ] = parts;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const time = Date.parse(local);
  // JavaScript takes 30 February for 2 March, and 24:00 for the next day.
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return undefined;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  return new Date(sign === '-' ? time + offset : time - offset).toISOString();
}
