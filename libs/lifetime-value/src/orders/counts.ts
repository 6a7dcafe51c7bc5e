/** A first probability from here on is far enough from the smallest numbers to multiply from. */
const TINY = 1e-280;

/**
 * Probabilities of 0 to `most` of a negative binomial: Γ(shape+n)/(Γ(shape) n!) (1-p)^shape p^n. Each is a multiple of the
 * one before; only where the first underflows logarithms are needed.
 */
export function negativeBinomial(shape: number, p: number, most: number): Float64Array {
  const probabilities = new Float64Array(most + 1);
  let log = shape * Math.log1p(-p);
  let probability = Math.exp(log);
  if (probability > TINY) {
    for (let n = 0; n <= most; n++) {
      probabilities[n] = probability;
      probability *= ((shape + n) / (n + 1)) * p;
    }
    return probabilities;
  }
  const logP = Math.log(p);
  for (let n = 0; n <= most; n++) {
    probabilities[n] = Math.exp(log);
    log += Math.log((shape + n) / (n + 1)) + logP;
  }
  return probabilities;
}

/** Sums of the first entries: the distribution function of counts. */
export function cumulative(probabilities: Float64Array): Float64Array {
  let sum = 0;
  return probabilities.map((each) => Math.min(1, (sum += each)));
}
