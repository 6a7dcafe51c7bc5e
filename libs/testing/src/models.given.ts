import type { EventData } from '@perennial/events';

type Fitted = EventData<'model.fitted'>;
type Fit = NonNullable<Fitted['orders']>;

const fit = (model: string, parameters: Fit['parameters'], unitDays: number): Fit => ({
  model,
  parameters,
  unitDays,
  converged: true,
  problems: [],
});

/** Published fits as the event `model.fitted` says them: of CDNOW (Fader, Hardie, Lee 2005), and of subscribers (Fader, Hardie 2007). */
export const publishedFits = {
  bgNbd: fit('bg-nbd', { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, 7),
  paretoNbd: fit('pareto-nbd', { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 }, 7),
  /** Renewed by the month. */
  sbg: fit('sbg', { alpha: 0.668, beta: 3.806 }, 30.436875),
};

/** A correction of chances, as the event says it. */
export const chancesCorrectedBy = (
  intercept: number,
  slope: number,
): NonNullable<Fitted['chanceCorrection']> => ({
  intercept,
  slope,
  gain: 0.01,
  gainError: 0.002,
  brierScore: 0.16,
  calibrationError: 0.03,
  calibration: [],
});
