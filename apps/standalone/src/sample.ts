import { batches, simulate } from '@perennial/simulator';

/** Told how many events have been played so far. */
export type OnPlayed = (events: number) => void;

/** The company that a first start shows: always the same one, up to the last midnight. */
export const SAMPLE = { seed: 20_260_101, customers: 2_000, years: 2 };

export const lastMidnight = (now: Date) => new Date(new Date(now).setUTCHours(0, 0, 0, 0)).toISOString();

/** Sends the company's two years up to `to` through the door, as any publisher would. Again is the same again. */
export async function playSample(url: string, to: Date, onPlayed: OnPlayed = () => undefined): Promise<void> {
  const from = new Date(to);
  from.setUTCFullYear(to.getUTCFullYear() - SAMPLE.years);
  let played = 0;
  for (const batch of batches(
    simulate({ seed: SAMPLE.seed, customers: SAMPLE.customers, from, to }),
    1_000,
  )) {
    const response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(batch),
    });
    if (!response.ok)
      throw new Error(
        `The sample company could not be played in: ${response.status} ${await response.text()}`,
      );
    played += batch.length;
    onPlayed(played);
  }
}
