/** The adoption curve of a product: Bass (1969). Time in the periods that it was fitted on, from its launch. */
export interface BassCurve {
  /** Coefficient of innovation: who adopts without regard to others. */
  p: number;
  /** Coefficient of imitation: who adopts because others have. */
  q: number;
  /** How many adopt in the end. */
  m: number;
}

/** Share of the final adopters who have adopted by a time: Bass 1969. */
export const adoptedBy = ({ p, q }: BassCurve, time: number): number => {
  const decay = Math.exp(-(p + q) * time);
  return (1 - decay) / (1 + (q / p) * decay);
};

/** When most adopt: T* = ln(q/p)/(p+q); negative if adoption falls from the start. */
export const peakOf = ({ p, q }: BassCurve): number => Math.log(q / p) / (p + q);

/**
 * The points at which the curve of new adopters turns: they part introduction from growth and maturity from
 * decline as they part the adopters' categories (Mahajan, Muller & Srivastava 1990).
 */
export const turningPointsOf = (curve: BassCurve): { rise: number; fall: number } => {
  const half = Math.log(2 + Math.sqrt(3)) / (curve.p + curve.q);
  return { rise: peakOf(curve) - half, fall: peakOf(curve) + half };
};

export type Stage = 'introduction' | 'growth' | 'maturity' | 'decline';

/** The stage at a time: before the first turning point, up to the peak, up to the second one, after it. */
export function stageAt(curve: BassCurve, time: number): Stage {
  const { rise, fall } = turningPointsOf(curve);
  if (time < rise) return 'introduction';
  if (time < peakOf(curve)) return 'growth';
  return time < fall ? 'maturity' : 'decline';
}
