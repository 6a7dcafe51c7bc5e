import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeIf } from './conditional.js';

const folder =
  process.env.PERENNIAL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** Where a file of the public data sets lies, such as `cdnow/CDNOW_sample.txt`; they are not part of the sources. */
export const publicData = (file: string): string => `${folder}/${file}`;

/** `describe`, where the public data set is at hand. */
export const describeWith = (file: string) =>
  describeIf(existsSync(publicData(file)), `set PERENNIAL_DATA to the folder that holds ${file}`);

/** Orders in columns: customers from 0, days since 1997-01-01, dollars. */
export interface CdnowOrders {
  customer: Int32Array;
  day: Int32Array;
  amount: Float64Array;
}

/** The tenth of CDNOW's customers that the papers use (Fader, Hardie 2001): 2,357 customers, 6,919 orders. */
export function cdnowSample(): CdnowOrders {
  const lines = readFileSync(publicData('cdnow/CDNOW_sample.txt'), 'latin1').trim().split(/\r?\n/);
  const values = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return {
    customer: Int32Array.from(values, ([, number]) => number! - 1),
    day: Int32Array.from(values, ([, , date]) => dayOf(date!)),
    amount: Float64Array.from(values, ([, , , , dollars]) => dollars!),
  };
}

/** Days from 1997-01-01 to a date written as 19970930. */
export function dayOf(date: number): number {
  const time = Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100);
  return (time - Date.UTC(1997, 0, 1)) / 86_400_000;
}
