import type { Parameters } from '../fits/fit.js';
import type { LogLikelihood } from '../fits/maximum-likelihood.js';
import { distinct } from '../histories/distinct.js';
import { largest } from '../histories/grouped.js';
import type { Histories } from '../histories/histories.js';
import { gaussLegendre } from '../numerics/quadrature.js';
import { ascending } from '../numerics/sequence.js';
import { negativeBinomial } from './counts.js';
import { discounted } from './discounting.js';
import { meanRate, orderModel, type Alive } from './order-model.js';

/**
 * While alive, customers order in a Poisson process whose rate varies among them as Gamma(r, α); they go at a
 * rate that varies as Gamma(s, β) (Schmittlein, Morrison, Colombo 1987, Management Science 33:1). With
 *
 *   J(x, t) = ∫_t^∞ (α+u)^-(r+x) (β+u)^-(s+1) du
 *
 * the likelihood (Fader, Hardie 2005, "A note on deriving the Pareto/NBD model", eq. 12 and 18) is
 *
 *   L = Γ(r+x)/Γ(r) α^r β^s · [ (α+T)^-(r+x) (β+T)^-s + s (J(x, t_x) - J(x, T)) ].
 */
export const paretoNbd = orderModel({
  name: 'pareto-nbd',
  title: 'Pareto/NBD',
  source: 'Schmittlein, Morrison, Colombo 1987, Counting your customers, Management Science 33:1',
  parameterNames: ['r', 'alpha', 's', 'beta'],
  timeParameters: ['alpha', 'beta'],
  prior: { center: { r: 0.5, alpha: 8, s: 0.6, beta: 12 }, unitDays: 7, spread: 1.5 },
  starts: (histories, unitDays) => {
    const rate = 2 * meanRate(histories, unitDays);
    return [
      { r: 0.5, alpha: 0.5 / rate, s: 0.6, beta: 84 / unitDays },
      { r: 2, alpha: 2 / rate, s: 0.6, beta: 728 / unitDays },
    ];
  },
  logLikelihood,
  probabilityAlive,
  alive,
  shortestTime: ({ alpha, beta }) => Math.min(alpha!, beta!),
  probabilityNewAlive: () => 1,
});

/** ln J at one (x, t), and its derivatives by r, α, s and β. */
interface LogTail {
  value: number;
  byR: number;
  byAlpha: number;
  byS: number;
  byBeta: number;
}

/** The series is taken where its terms fall at least so fast. */
const FAST_ENOUGH = 0.92;

/**
 * Writes ln J(x, t). The series converges unless one of α and β is far longer than the other and than t; there J
 * is integrated numerically up to a time from which on the series does.
 */
export function logTail(
  r: number,
  alpha: number,
  s: number,
  beta: number,
  x: number,
  t: number,
  to: LogTail,
): void {
  const long = Math.max(alpha, beta);
  if (Math.abs(alpha - beta) < FAST_ENOUGH * (long + t)) {
    seriesTail(r, alpha, s, beta, x, t, to);
    return;
  }
  seriesTail(r, alpha, s, beta, x, long, to);
  addIntegral(r + x, alpha, s, beta, t, long, to);
}

/**
 * J is (α+t)^-(r+s+x) ₂F₁(r+s+x, s+1; r+s+x+1; z)/(r+s+x), z = (α-β)/(α+t), for α ≥ β, and its mirror image
 * otherwise. Euler's transformation makes it a series ₂F₁(1, b; r+s+x+1; z) of positive, falling terms, which
 * neither overflows nor cancels for orders in the thousands.
 */
function seriesTail(
  r: number,
  alpha: number,
  s: number,
  beta: number,
  x: number,
  t: number,
  to: LogTail,
): void {
  const k = r + x;
  const c = k + s + 1;
  const betaIsLong = alpha < beta;
  const long = betaIsLong ? beta : alpha;
  const short = betaIsLong ? alpha : beta;
  const b = betaIsLong ? s + 1 : k;
  const z = (long - short) / (long + t);
  let [term, byTerm, byCTerm] = [1, 0, 0];
  let [f, fByB, fByC, fByZ] = [1, 0, 0, 0];
  for (let n = 0; term * (n + 1) > 1e-16 * f; n++) {
    term *= ((b + n) / (c + n)) * z;
    byTerm += 1 / (b + n);
    byCTerm -= 1 / (c + n);
    f += term;
    fByB += term * byTerm;
    fByC += term * byCTerm;
    fByZ += term * (n + 1);
  }
  const [logAlpha, logBeta] = [Math.log(alpha + t), Math.log(beta + t)];
  const byZ = z > 0 ? fByZ / z / f : b / c;
  const [byB, byC] = [fByB / f, fByC / f - 1 / (c - 1)];
  // z by the longer and the shorter of α and β
  const byLong = (byZ * (short + t)) / (long + t) ** 2;
  const byShort = -byZ / (long + t);
  const own = Math.log(f) - Math.log(c - 1);
  if (betaIsLong) {
    to.value = own - (s + 1) * logBeta - (k - 1) * logAlpha;
    to.byR = byC - logAlpha;
    to.byS = byB + byC - logBeta;
    to.byBeta = byLong - (s + 1) / (beta + t);
    to.byAlpha = byShort - (k - 1) / (alpha + t);
  } else {
    to.value = own - k * logAlpha - s * logBeta;
    to.byR = byB + byC - logAlpha;
    to.byS = byC - logBeta;
    to.byAlpha = byLong - k / (alpha + t);
    to.byBeta = byShort - s / (beta + t);
  }
}

/**
 * Nodes of Gauss and Legendre's rule by half of how many times the integrand falls by e: its error is then below the
 * rounding (Davis, Rabinowitz 1984, Methods of numerical integration, eq. 2.7.12, of an exponential). And by the range: the
 * integrand bends where u is as long as the longer of α and β, with a pole beside it at a distance of π, so that over a long
 * range few nodes are off, however little it falls.
 */
const NODES = [
  { falls: 0.15, range: 1, nodes: 4 },
  { falls: 1, range: 2, nodes: 6 },
  { falls: 5, range: 4, nodes: 10 },
];
const MOST_NODES = 40;

/** Adds ∫_t^end to J(x, end), over ln(short + u), in which the integrand is smooth. */
function addIntegral(
  k: number,
  alpha: number,
  s: number,
  beta: number,
  t: number,
  end: number,
  to: LogTail,
): void {
  const short = Math.min(alpha, beta);
  const steepness = alpha < beta ? k - 1 : s;
  const range = Math.min(Math.log((short + end) / (short + t)), 40 / Math.max(steepness, 1e-9));
  const falls = k * ((short + end) / (alpha + end)) + (s + 1) * ((short + end) / (beta + end));
  const enough = NODES.find((each) => (range * falls) / 2 < each.falls && range < each.range);
  const nodes = enough?.nodes ?? MOST_NODES;
  const rule = gaussLegendre(nodes);
  const logFirst = -k * Math.log(alpha + t) - (s + 1) * Math.log(beta + t);
  let [sum, logAlpha, logBeta, perAlpha, perBeta] = [0, 0, 0, 0, 0];
  for (let node = 0; node < nodes; node++) {
    const grown = (short + t) * Math.exp((range / 2) * (1 + rule.nodes[node]!));
    const u = grown - short;
    const [ofAlpha, ofBeta] = [Math.log(alpha + u), Math.log(beta + u)];
    const value =
      (range / 2) * rule.weights[node]! * grown * Math.exp(-k * ofAlpha - (s + 1) * ofBeta - logFirst);
    sum += value;
    logAlpha += value * ofAlpha;
    logBeta += value * ofBeta;
    perAlpha += value / (alpha + u);
    perBeta += value / (beta + u);
  }
  const logSum = Math.log(sum) + logFirst;
  const rest = 1 / (1 + Math.exp(logSum - to.value));
  const share = (1 - rest) / sum;
  to.byR = rest * to.byR - share * logAlpha;
  to.byS = rest * to.byS - share * logBeta;
  to.byAlpha = rest * to.byAlpha - share * k * perAlpha;
  to.byBeta = rest * to.byBeta - share * (s + 1) * perBeta;
  const larger = Math.max(logSum, to.value);
  to.value = larger + Math.log(Math.exp(logSum - larger) + Math.exp(to.value - larger));
}

const emptyTail = (): LogTail => ({ value: 0, byR: 0, byAlpha: 0, byS: 0, byBeta: 0 });

/** The distinct (x, t) at which J is needed: at the last order and at the end of each history. */
interface Points {
  /** Rising. */
  frequency: Int32Array;
  /** In periods; of each frequency falling. */
  time: Int32Array;
  ofLast: Int32Array;
  ofEnd: Int32Array;
}

function pointsOf({ frequency, recency, age, size }: Histories): Points {
  const days = 1 + largest(age);
  const time = (row: number) => (row < size ? recency[row]! : age[row - size]!);
  const orders = (row: number) => frequency[row < size ? row : row - size]!;
  const key = (row: number) => orders(row) * days + (days - 1 - time(row));
  const { of, first } = distinct(2 * size, days * (1 + largest(frequency)), key);
  const sequence = ascending(Float64Array.from(first, key));
  const place = new Int32Array(sequence.length);
  sequence.forEach((point, at) => (place[point] = at));
  const sorted = Int32Array.from(sequence, (point) => first[point]!);
  const places = of.map((point) => place[point]!);
  return {
    frequency: sorted.map(orders),
    time: sorted.map(time),
    ofLast: places.subarray(0, size),
    ofEnd: places.subarray(size),
  };
}

/** ln J and its derivatives at all points. */
interface Tails extends Record<keyof LogTail, Float64Array> {
  compute: (r: number, alpha: number, s: number, beta: number) => void;
}

/** The series is quicker than an integral over a short time where its terms fall at least so fast. */
const FASTER = 0.8;

/**
 * Where the series is slow, J may be added up backwards: from one time of a frequency to the next it is a short integral. Its last
 * digits depend on which times there are, then; `eachAlone`: what is said of a customer must not depend on the others.
 */
function tailsAt(points: Points, units: number, eachAlone: boolean): Tails {
  const count = points.frequency.length;
  const column = () => new Float64Array(count);
  const tails = { value: column(), byR: column(), byAlpha: column(), byS: column(), byBeta: column() };
  const one: LogTail = emptyTail();
  const compute = (r: number, alpha: number, s: number, beta: number) => {
    for (let at = 0; at < count; at++) {
      const [x, t] = [points.frequency[at]!, points.time[at]! * units];
      const isSlow = !eachAlone && Math.abs(alpha - beta) > FASTER * (Math.max(alpha, beta) + t);
      if (isSlow && at > 0 && points.frequency[at - 1] === x)
        addIntegral(r + x, alpha, s, beta, t, points.time[at - 1]! * units, one);
      else logTail(r, alpha, s, beta, x, t, one);
      tails.value[at] = one.value;
      tails.byR[at] = one.byR;
      tails.byAlpha[at] = one.byAlpha;
      tails.byS[at] = one.byS;
      tails.byBeta[at] = one.byBeta;
    }
  };
  return { ...tails, compute };
}

function logLikelihood(histories: Histories, unitDays: number): LogLikelihood {
  const { frequency, recency, age, weight, size, periodDays } = histories;
  const units = periodDays / unitDays;
  const points = pointsOf(histories);
  const tails = tailsAt(points, units, false);
  const { value: tail, byR, byAlpha, byS, byBeta } = tails;
  const maxFrequency = largest(frequency);
  const logGamma = new Float64Array(maxFrequency + 1);
  const digamma = new Float64Array(maxFrequency + 1);
  const days = 1 + largest(age);
  const [logAlpha, logBeta] = [new Float64Array(days), new Float64Array(days)];

  return (parameters, gradient) => {
    const [r, alpha, s, beta] = parameters as unknown as [number, number, number, number];
    tails.compute(r, alpha, s, beta);
    for (let x = 1; x <= maxFrequency; x++) {
      logGamma[x] = logGamma[x - 1]! + Math.log(r + x - 1);
      digamma[x] = digamma[x - 1]! + 1 / (r + x - 1);
    }
    for (let day = 0; day < days; day++) {
      logAlpha[day] = Math.log(alpha + day * units);
      logBeta[day] = Math.log(beta + day * units);
    }
    const [lnAlpha, lnBeta, lnS] = [Math.log(alpha), Math.log(beta), Math.log(s)];
    let [value, dR, dAlpha, dS, dBeta, customers] = [0, 0, 0, 0, 0, 0];
    for (let row = 0; row < size; row++) {
      const x = frequency[row]!;
      const w = weight[row]!;
      const day = age[row]!;
      const k = r + x;
      const logAlive = -k * logAlpha[day]! - s * logBeta[day]!;
      let [gone, total] = [0, logAlive];
      customers += w;
      if (day > recency[row]!) {
        const [last, end] = [points.ofLast[row]!, points.ofEnd[row]!];
        const difference = tail[end]! - tail[last]!;
        const share = Math.exp(difference);
        const rest = -Math.expm1(difference);
        const odds = lnS + tail[last]! + Math.log(rest) - logAlive;
        const small = Math.exp(-Math.abs(odds));
        gone = odds > 0 ? 1 / (1 + small) : small / (1 + small);
        total += (odds > 0 ? odds : 0) + Math.log(1 + small);
        const factor = (w * gone) / rest;
        dR += factor * (byR[last]! - share * byR[end]!);
        dAlpha += factor * (byAlpha[last]! - share * byAlpha[end]!);
        dS += factor * (byS[last]! - share * byS[end]!) + (w * gone) / s;
        dBeta += factor * (byBeta[last]! - share * byBeta[end]!);
      }
      const living = w * (1 - gone);
      const time = day * units;
      value += w * (logGamma[x]! + total);
      dR += w * digamma[x]! - living * logAlpha[day]!;
      dS -= living * logBeta[day]!;
      dAlpha -= (living * k) / (alpha + time);
      dBeta -= (living * s) / (beta + time);
    }
    gradient[0] = dR + customers * lnAlpha;
    gradient[1] = dAlpha + (customers * r) / alpha;
    gradient[2] = dS + customers * lnBeta;
    gradient[3] = dBeta + (customers * s) / beta;
    return value + customers * (r * lnAlpha + s * lnBeta);
  };
}

function probabilityAlive(parameters: Parameters, histories: Histories, unitDays: number): Float64Array {
  const { r, alpha, s, beta } = parameters as { r: number; alpha: number; s: number; beta: number };
  const { frequency, recency, age, size, periodDays } = histories;
  const units = periodDays / unitDays;
  const points = pointsOf(histories);
  const { value: tail, compute } = tailsAt(points, units, true);
  compute(r, alpha, s, beta);
  const alive = new Float64Array(size);
  const lnS = Math.log(s);
  const days = 1 + largest(age);
  const logAlpha = Float64Array.from({ length: days }, (_, day) => Math.log(alpha + day * units));
  const logBeta = Float64Array.from({ length: days }, (_, day) => Math.log(beta + day * units));
  for (let row = 0; row < size; row++) {
    const day = age[row]!;
    const last = tail[points.ofLast[row]!]!;
    const gone = lnS + last + Math.log(-Math.expm1(tail[points.ofEnd[row]!]! - last));
    const logOdds = gone + (r + frequency[row]!) * logAlpha[day]! + s * logBeta[day]!;
    alive[row] = day > recency[row]! ? 1 / (1 + Math.exp(logOdds)) : 1;
  }
  return alive;
}

/** Orders of a customer who is alive: rate Gamma(r+x, α+T), rate of going Gamma(s, β+T). */
function alive(parameters: Parameters): Alive {
  const { r, alpha, s, beta } = parameters as { r: number; alpha: number; s: number; beta: number };
  const one = emptyTail();
  const tailAt = (x: number, t: number) => {
    logTail(r, alpha, s, beta, x, t, one);
    return one.value;
  };
  /** Fader, Hardie (2005), eq. 41 given alive; the pole at s = 1 is taken away. */
  const expected = (frequency: number, age: number) => (horizon: number) => {
    const log = Math.log1p(horizon / (beta + age));
    const stay = s === 1 ? log : -Math.expm1(-(s - 1) * log) / (s - 1);
    return ((r + frequency) / (alpha + age)) * (beta + age) * stay;
  };
  return {
    expectedOrders: (frequency, age, horizon) => expected(frequency, age)(horizon),
    discountedOrders: (frequency, age, rate, horizon) =>
      discounted(expected(frequency, age), rate, horizon, beta + age),
    /** Neither gone nor any order; or gone in the horizon before any order. */
    idle: (frequency, age, horizon) => {
      const k = r + frequency;
      const end = age + horizon;
      const logStay = -s * Math.log1p(horizon / (beta + age));
      const logNone = -k * Math.log1p(horizon / (alpha + age));
      const tail = tailAt(frequency, age);
      const left = Math.log(s) + k * Math.log(alpha + age) + s * Math.log(beta + age) + tail;
      return Math.exp(logStay + logNone) - Math.exp(left) * Math.expm1(tailAt(frequency, end) - tail);
    },
    counts: (frequency, age, horizon, most) => {
      const k = r + frequency;
      const [scale, stayScale] = [alpha + age, beta + age];
      const stay = Math.exp(-s * Math.log1p(horizon / stayScale));
      const result = negativeBinomial(k, horizon / (scale + horizon), most).map((each) => each * stay);
      // By the logarithm of the time at which one goes: there the integrand is smooth over all scales.
      const unit = Math.min(scale, stayScale);
      const range = Math.log1p(horizon / unit);
      const rule = gaussLegendre(32);
      for (let node = 0; node < 32; node++) {
        const log = (range / 2) * (1 + rule.nodes[node]!);
        const u = unit * Math.expm1(log);
        const density = (s / stayScale) * Math.exp(-(s + 1) * Math.log1p(u / stayScale)) * (unit + u);
        const share = (range / 2) * rule.weights[node]! * density;
        const orders = negativeBinomial(k, u / (scale + u), most);
        for (let n = 0; n <= most; n++) result[n]! += share * orders[n]!;
      }
      return result;
    },
  };
}
