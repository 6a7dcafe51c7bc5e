import type { Random } from '../chance/random.js';
import { campaigns, hours, months, type SalesChannel } from './company.parameters.js';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const YEAR = 365.25 * DAY;

export type Season = (typeof campaigns)[number];

/** From 1, January. */
export const monthOf = (time: number): number => new Date(time).getUTCMonth() + 1;

export const seasonality = (time: number): number => months[monthOf(time) - 1]!;

/** The campaign of the day, if there is one. */
export function campaignOn(time: number): Season | undefined {
  const day = new Date(time).toISOString().slice(5, 10);
  return campaigns.find(({ first, last }) => first <= day && day <= last);
}

/** How much more is bought on this day than on an average one. */
export const eagerness = (time: number, hearsOfCampaigns: boolean): number =>
  seasonality(time) * (hearsOfCampaigns ? (campaignOn(time)?.boost ?? 1) : 1);

/** More than `eagerness` ever is. */
export const mostEager = Math.max(...months) * Math.max(...campaigns.map(({ boost }) => boost));

/** A time of the day of `around`, or of the first open day after it, that suits the channel; never before `around`. */
export function openTime(channel: SalesChannel, around: number, random: Random): number {
  const { first, weights, sunday } = hours[channel];
  let day = Math.floor(around / DAY) * DAY;
  for (;;) {
    if (new Date(day).getUTCDay() !== 0 || random.chance(sunday)) {
      const time = day + (first + random.weighted(weights)) * HOUR + random.uniform() * HOUR;
      if (time >= around) return time;
    }
    day += DAY;
  }
}

/** The same day of the month, months later; the last day of a shorter month. */
export function monthsLater(time: number, months: number): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
