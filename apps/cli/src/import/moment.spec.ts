import { momentReader } from './moment.js';

const london = momentReader('yyyy-MM-dd HH:mm:ss', 'Europe/London');

it.each([
  ['winter', '2010-12-01 08:26:00', '2010-12-01T08:26:00.000Z'],
  ['summer', '2011-07-01 08:26:00', '2011-07-01T07:26:00.000Z'],
  ['the hour that is shown twice, the first time', '2011-10-30 01:30:00', '2011-10-30T00:30:00.000Z'],
  ['the hour that is skipped', '2011-03-27 01:30:00', '2011-03-27T01:30:00.000Z'],
  ['just after the clocks went on', '2011-03-27 02:00:00', '2011-03-27T01:00:00.000Z'],
])('reads local time: %s', (_, text, moment) => expect(london(text)).toBe(moment));

it('takes a day for midnight there', () => {
  expect(momentReader('yyyyMMdd', 'UTC')('19970101')).toBe('1997-01-01T00:00:00.000Z');
  expect(momentReader('yyyyMMdd', 'Asia/Kolkata')('19970101')).toBe('1996-12-31T18:30:00.000Z');
});

it('reads RFC 3339', () => {
  expect(momentReader('rfc3339', 'UTC')('2026-03-01T12:00:00+02:00')).toBe('2026-03-01T10:00:00.000Z');
});

it.each(['2011-02-30 08:26:00', '2011-13-01 00:00:00', '2011-01-01 25:00:00', '2011-01-01', ''])(
  'knows no such time: %s',
  (text) => expect(london(text)).toBeUndefined(),
);
