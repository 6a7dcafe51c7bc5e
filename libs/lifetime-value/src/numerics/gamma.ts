const HALF_LOG_TWO_PI = 0.9189385332046727;
/** From here on the asymptotic series are good to the last digit. */
const LARGE = 12;

/** ln Γ(x) for x > 0, by Stirling's series (Abramowitz, Stegun 1964, 6.1.41) after shifting x upwards (6.1.15). */
export function logGamma(x: number): number {
  let product = 1;
  while (x < LARGE) product *= x++;
  const per = 1 / (x * x);
  const series = (1 / 12 - per * (1 / 360 - per * (1 / 1260 - per * (1 / 1680 - per / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + series - Math.log(product);
}

/** The derivative of ln Γ for x > 0 (ibid., 6.3.18 and 6.3.5). */
export function digamma(x: number): number {
  let shift = 0;
  while (x < LARGE) shift += 1 / x++;
  const per = 1 / (x * x);
  const series = per * (1 / 12 - per * (1 / 120 - per * (1 / 252 - per * (1 / 240 - per / 132))));
  return Math.log(x) - 0.5 / x - series - shift;
}
