import type { Parameters } from '../fits/fit.js';
import type { LogLikelihood } from '../fits/maximum-likelihood.js';
import { largest } from '../histories/grouped.js';
import type { Histories } from '../histories/histories.js';
import { negativeBinomial } from './counts.js';
import { betaMean } from '../numerics/beta-mean.js';
import { discounted } from './discounting.js';
import { meanRate, type Alive, type OrderModelDefinition } from './order-model.js';

/**
 * BG/NBD and MBG/NBD: while alive, customers order in a Poisson process whose rate varies among them as
 * Gamma(r, α); after an order they go for ever with a probability that varies as Beta(a, b).
 *
 * In the BG/NBD they can't go right after their first order (Fader, Hardie, Lee 2005, "Counting your
 * customers" the easy way, Marketing Science 24:2, eq. 6); in the MBG/NBD they can (Batislam, Denizel,
 * Filiztekin 2007, Int. J. of Research in Marketing 24:3). With β = b + x, plus one in the MBG/NBD, both are
 *
 *   L = Γ(r+x)/Γ(r) α^r · B(a,β)/B(a,b) · [ (α+T)^-(r+x) + a/(β-1) (α+t_x)^-(r+x) ]
 *
 * where the second term is missing for x = 0 in the BG/NBD. Whoever is alive at T has a rate of
 * Gamma(r+x, α+T) and a probability to go of Beta(a, β).
 */
export function betaGeometric(
  names: Pick<OrderModelDefinition, 'name' | 'title' | 'source'>,
  /** 1 if customers can go right after their first order. */
  goesAtOnce: 0 | 1,
): OrderModelDefinition {
  return {
    ...names,
    parameterNames: ['r', 'alpha', 'a', 'b'],
    timeParameters: ['alpha'],
    prior: { center: { r: 0.4, alpha: 8, a: 0.8, b: 2.4 }, unitDays: 7, spread: 1.5 },
    starts: (histories, unitDays) => {
      const rate = 2 * meanRate(histories, unitDays);
      return [
        { r: 0.5, alpha: 0.5 / rate, a: 0.8, b: 2.4 },
        { r: 2, alpha: 2 / rate, a: 0.1, b: 1 },
      ];
    },
    logLikelihood: (histories, unitDays) => logLikelihood(histories, unitDays, goesAtOnce),
    probabilityAlive: (parameters, histories, unitDays) =>
      probabilityAlive(parameters, histories, unitDays, goesAtOnce),
    alive: (parameters) => alive(parameters, goesAtOnce),
    shortestTime: ({ alpha }) => alpha!,
    probabilityNewAlive: ({ a, b }) => (goesAtOnce ? b! / (a! + b!) : 1),
  };
}

/** A product above it is not multiplied further. */
const LARGE = 1e200;

function logLikelihood(histories: Histories, unitDays: number, goesAtOnce: 0 | 1): LogLikelihood {
  const { frequency, recency, age, weight, size, periodDays } = histories;
  const units = periodDays / unitDays;
  const maxFrequency = largest(frequency);
  const days = 1 + largest(age);
  const customersAt = new Float64Array(maxFrequency + 1);
  for (let row = 0; row < size; row++) customersAt[frequency[row]!]! += weight[row]!;
  const logTime = new Float64Array(days);
  const perTime = new Float64Array(days);
  const logOdds = new Float64Array(maxFrequency + 1);
  const perBeta = new Float64Array(maxFrequency + 1);

  return (parameters, gradient) => {
    const [r, alpha, a, b] = parameters as unknown as [number, number, number, number];
    for (let day = 0; day < days; day++) {
      const time = alpha + day * units;
      logTime[day] = Math.log(time);
      perTime[day] = 1 / time;
    }
    let value = 0;
    let [byR, byAlpha, byA, byB] = [0, 0, 0, 0];
    // ln Γ(r+x)/Γ(r) and ln B(a,β)/B(a,b) grow with x by one logarithm each; so do their derivatives.
    let [logGamma, logBeta, digamma, betaByA, betaByB] = [0, 0, 0, 0, 0];
    const lose = (survived: number) => {
      logBeta += Math.log((b + survived) / (a + b + survived));
      betaByA -= 1 / (a + b + survived);
      betaByB += a / ((b + survived) * (a + b + survived));
    };
    if (goesAtOnce) lose(0);
    for (let x = 0; x <= maxFrequency; x++) {
      if (x > 0) {
        logGamma += Math.log(r + x - 1);
        digamma += 1 / (r + x - 1);
        lose(x - 1 + goesAtOnce);
      }
      const customers = customersAt[x]!;
      if (customers > 0) {
        value += customers * (logGamma + r * Math.log(alpha) + logBeta);
        byR += customers * (digamma + Math.log(alpha));
        byAlpha += customers * (r / alpha);
        byA += customers * betaByA;
        byB += customers * betaByB;
      }
      const before = b + x + goesAtOnce - 1;
      logOdds[x] = x + goesAtOnce > 0 ? Math.log(a / before) : -Infinity;
      perBeta[x] = x + goesAtOnce > 0 ? 1 / before : 0;
    }
    let goneWeight = 0;
    // Logarithms are added by multiplying first: one logarithm for hundreds of rows.
    let product = 1;
    for (let row = 0; row < size; row++) {
      const x = frequency[row]!;
      const k = r + x;
      const w = weight[row]!;
      const [now, last] = [age[row]!, recency[row]!];
      const [logNow, logLast] = [logTime[now]!, logTime[last]!];
      // The bracket is e^(-k ln(α+T)) (1 + e^odds).
      const odds = logOdds[x]! + k * (logNow - logLast);
      const small = Math.exp(-Math.abs(odds));
      const gone = odds > 0 ? 1 / (1 + small) : small / (1 + small);
      const wGone = w * gone;
      const wAlive = w - wGone;
      value += w * ((odds > 0 ? odds : 0) - k * logNow);
      if (w === 1) {
        product *= 1 + small;
        if (product > LARGE) {
          value += Math.log(product);
          product = 1;
        }
      } else value += w * Math.log(1 + small);
      byR -= wAlive * logNow + wGone * logLast;
      byAlpha -= k * (wAlive * perTime[now]! + wGone * perTime[last]!);
      goneWeight += wGone;
      byB -= wGone * perBeta[x]!;
    }
    value += Math.log(product);
    gradient[0] = byR;
    gradient[1] = byAlpha;
    gradient[2] = byA + goneWeight / a;
    gradient[3] = byB;
    return value;
  };
}

/**
 * The odds to have gone are a/(β-1) ((α+T)/(α+t_x))^(r+x). Of each customer the same to the last bit, whoever stands
 * beside.
 */
function probabilityAlive(
  { r, alpha, a, b }: Parameters,
  { frequency, recency, age, size, periodDays }: Histories,
  unitDays: number,
  goesAtOnce: 0 | 1,
): Float64Array {
  const units = periodDays / unitDays;
  const days = 1 + largest(age);
  /** ln((α+t)/α) */
  const logTime = Float64Array.from({ length: days }, (_, day) => Math.log1p((day * units) / alpha!));
  const perBeta = Float64Array.from({ length: 1 + largest(frequency) }, (_, x) =>
    x + goesAtOnce > 0 ? a! / (b! + x + goesAtOnce - 1) : 0,
  );
  const { powers, below } = powersOf(r!, logTime, perBeta.length, size);
  const alive = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    const x = frequency[row]!;
    const now = age[row]!;
    const last = recency[row]!;
    let odds = 0;
    if (x < below) odds = perBeta[x]! * (powers[x * days + now]! / powers[x * days + last]!);
    else if (perBeta[x]! > 0) odds = perBeta[x]! * growth(r! + x, logTime[now]!, logTime[last]!);
    alive[row] = 1 / (1 + odds);
  }
  return alive;
}

/** The logarithm of the largest power that is divided by another, or multiplied by one that is as small. */
const MOST = 300;

/** ((α+T)/(α+t_x))^k, rounded as what is looked up is: which of the two it is depends on the other customers. */
const growth = (k: number, logNow: number, logLast: number): number =>
  k * logNow <= MOST ? Math.exp(k * logNow) / Math.exp(k * logLast) : Math.exp(k * (logNow - logLast));

/**
 * ((α+t)/α)^(r+x) by frequency and day: an exponential takes longer than all else that is done for a row, and most customers
 * order seldom. For the frequencies `below` which it is worth the table, and all powers may be divided.
 */
function powersOf(
  r: number,
  logTime: Float64Array,
  frequencies: number,
  size: number,
): { powers: Float64Array; below: number } {
  const days = logTime.length;
  const longest = logTime[days - 1]!;
  let below = Math.floor(Math.min(frequencies, size / (8 * days)));
  while (below > 0 && (r + below - 1) * longest > MOST) below--;
  const powers = new Float64Array(below * days);
  for (let x = 0; x < below; x++)
    for (let day = 0; day < days; day++) powers[x * days + day] = Math.exp((r + x) * logTime[day]!);
  return { powers, below };
}

/** Orders of a customer who is alive, with rate Gamma(shape, scale) and probability to go Beta(a, beta). */
function alive({ r, alpha, a, b }: Parameters, goesAtOnce: 0 | 1): Alive {
  const expected = (frequency: number, age: number) => (horizon: number) =>
    expectedOrders(r! + frequency, alpha! + age, a!, b! + frequency + goesAtOnce, horizon);
  return {
    expectedOrders: (frequency, age, horizon) => expected(frequency, age)(horizon),
    discountedOrders: (frequency, age, rate, horizon) =>
      discounted(expected(frequency, age), rate, horizon, alpha! + age),
    // Alive, one goes only after an order, so that no order is the Poisson process's alone.
    idle: (frequency, age, horizon) => Math.exp(-(r! + frequency) * Math.log1p(horizon / (alpha! + age))),
    counts: (frequency, age, horizon, most) => {
      const scale = alpha! + age;
      const orders = negativeBinomial(r! + frequency, horizon / (scale + horizon), most);
      return survivingCounts(orders, a!, b! + frequency + goesAtOnce);
    },
  };
}

/**
 * Orders placed while alive, of those that would be placed with no end (Fader, Hardie, Lee 2005, eq. 8): all of n
 * were survived, or the n-th was the last and more would have come.
 */
function survivingCounts(endless: Float64Array, a: number, beta: number): Float64Array {
  let [survived, below] = [1, 0];
  return endless.map((exactly, n) => {
    let goesNow = 0;
    if (n > 0) {
      goesNow = (survived * a) / (a + beta + n - 1);
      survived -= goesNow;
    }
    const probability = survived * exactly + goesNow * Math.max(0, 1 - below);
    below += exactly;
    return probability;
  });
}

/** The series is taken where its terms fall at least so fast; 36/ln(1/0.9) make 340 of them. */
const FAST_ENOUGH = 0.9;

/**
 * E[(1 - e^(-λph))/p] over λ ~ Gamma(shape, scale) and p ~ Beta(a, β): the expectation of Fader, Hardie, Lee
 * (2005), eq. 10, for customers who are alive,
 *
 *   (a+β-1)/(a-1) · [1 - (scale/(scale+h))^shape ₂F₁(shape, β; a+β-1; w)],  w = h/(scale+h).
 *
 * Euler's transformation ₂F₁ = (1-w)^(a-1-shape) ₂F₁(a+β-1-shape, a-1; a+β-1; w) takes the pole at a = 1
 * away: with C = a+β-1 and A = C-shape it is
 *
 *   C · (1-(1-w)^(a-1))/(a-1) - (1-w)^(a-1) w · Σ_k (A)_(k+1) (a)_k / ((C+1)_k (k+1)!) w^k.
 *
 * A does not grow with the frequency, so that orders in the thousands converge as fast as few. Where terms
 * alternate (A < 0), hardly fall (horizons of decades) or grow beyond any number before they fall (a large where customers
 * go alike), the mean over p is integrated instead.
 */
export function expectedOrders(
  shape: number,
  scale: number,
  a: number,
  beta: number,
  horizon: number,
): number {
  if (!(horizon > 0)) return 0;
  const c = a + beta - 1;
  const first = c - shape;
  const w = horizon / (scale + horizon);
  const logRest = -Math.log1p(horizon / scale);
  if (first < 0 || w > FAST_ENOUGH || (1 - a) * logRest > MOST) {
    return integratedOrders(shape, horizon / scale, a, beta);
  }
  let term = first;
  let sum = term;
  for (let k = 0; term > 1e-16 * sum; k++) {
    term *= ((first + k + 1) * (a + k) * w) / ((c + 1 + k) * (k + 2));
    sum += term;
  }
  const power = a === 1 ? -logRest : -Math.expm1((a - 1) * logRest) / (a - 1);
  return c * power - Math.exp((a - 1) * logRest) * w * sum;
}

/** Below, the density's tail towards p = 0 is too long to be summed, and its limit is split off. */
const LONG_TAIL = 0.3;

/**
 * The same as the mean of g(p) = (1 - (1+pz)^-shape)/p over p ~ Beta(a, β), z = h/scale: all positive. For small a
 * it is g(0) less a mean over Beta(a+1, β) of how much p lowers it.
 */
function integratedOrders(shape: number, z: number, a: number, beta: number): number {
  const g = (p: number) => -Math.expm1(-shape * Math.log1p(p * z)) / p;
  if (a > LONG_TAIL) return betaMean(a, beta, g);
  const limit = shape * z;
  const lowered = betaMean(a + 1, beta, (p) => {
    const pz = p * z;
    // Of the difference nothing is left when p is small: its series instead.
    const enough = pz * (shape + 2) > 1e-4;
    return enough ? (limit - g(p)) / p : (shape * (shape + 1) * z * z * (1 - ((shape + 2) * pz) / 3)) / 2;
  });
  return Math.max(0, limit - (a / (a + beta)) * lowered);
}
