import {
  gammaGamma,
  type Fit,
  type Histories,
  type OrderModel,
  type Prior,
  type Spend,
  type SpendFit,
} from '@perennial/lifetime-value';

/** Around the published fits of CDNOW (Fader, Hardie, Lee 2005; Batislam et al. 2007), as wide as to say little. */
const priors: Record<string, Prior['center']> = {
  'bg-nbd': { r: 0.4, alpha: 8, a: 0.8, b: 2.4 },
  'mbg-nbd': { r: 0.5, alpha: 7, a: 0.9, b: 1.8 },
  'pareto-nbd': { r: 0.5, alpha: 10, s: 0.6, beta: 12 },
};
const SPREAD = 1.5;
/** Customers who are all alike drive parameters to infinity; beyond this there is nothing to be learnt from them. */
const LARGEST = 1e4;
const SMALLEST = 1e-5;
/** A model that the data determine is found in a fifth of it; others would go on along their ridge. */
const MAX_EVALUATIONS = 150;

/**
 * Fits a model of orders. Where the data alone lead nowhere (customers who are all alike, who never or always come
 * back) it leans on a weak prior, as it does where customers are few, so that there is always something to score by.
 */
export function fitOrders(model: OrderModel, histories: Histories, start?: Prior['center']): Fit {
  const fit = model.fit(histories, { start, maxEvaluations: MAX_EVALUATIONS });
  if (isSound(fit) && answers(model, fit, histories)) return fit;
  const center = priors[model.name]!;
  return model.fit(histories, { prior: { center, unitDays: 7, spread: SPREAD } });
}

/**
 * Fits what an order day is worth; undefined where that leads nowhere. Who never paid anything (all orders are free, or
 * cost more than they bring in) tells nothing of what others would.
 */
export function fitSpend(spend: Spend): SpendFit | undefined {
  if (!spend.mean.some((each) => each > 0)) return undefined;
  const free = gammaGamma.fit(spend, { maxEvaluations: MAX_EVALUATIONS });
  if (isSoundSpend(free)) return free;
  const mean = free.meanSpend || 1;
  const leaning = gammaGamma.fit(spend, {
    prior: { center: { p: 4, q: 4, v: (mean * 3) / 4 }, unitDays: 1, spread: SPREAD },
  });
  return isSoundSpend(leaning) ? leaning : undefined;
}

const inRange = (values: readonly number[]) => values.every((value) => value > SMALLEST && value < LARGEST);

export const isSound = ({ converged, parameters }: Fit): boolean =>
  converged && inRange(Object.values(parameters));

/** Of its parameters v is money: it counts in multiples of the mean. */
const isSoundSpend = ({ converged, parameters: { p, q, v }, meanSpend }: SpendFit): boolean =>
  converged && inRange([p!, q!, v! / (meanSpend || 1)]);

/** Whether it has an answer for the youngest and the oldest, for those who came once and those who came most. */
function answers(model: OrderModel, fit: Fit, { frequency, age }: Histories): boolean {
  const most = frequency.reduce((one, other) => Math.max(one, other), 0);
  const oldest = age.reduce((one, other) => Math.max(one, other), 0);
  const asked = [0, 1, most].flatMap((x) => [0, 30, oldest].map((days) => ({ x, days })));
  const histories: Histories = {
    size: asked.length,
    frequency: Int32Array.from(asked, ({ x }) => x),
    recency: Int32Array.from(asked, ({ x, days }) => (x > 0 ? days : 0)),
    age: Int32Array.from(asked, ({ days }) => days),
    weight: new Float64Array(asked.length).fill(1),
    periodDays: 1,
  };
  return [
    model.probabilityActive(fit, histories, 365),
    model.expectedOrders(fit, histories, 365),
    model.discountedOrders(fit, histories, { annualDiscountRate: 0.1 }),
  ].every((values) => values.every((value) => value >= 0 && Number.isFinite(value)));
}
