import fc from 'fast-check';
import type { Histories } from '../histories/histories.js';
import { paretoNbd } from './pareto-nbd.js';

const historiesOf = (customers: readonly [frequency: number, recency: number, age: number][]): Histories => ({
  size: customers.length,
  frequency: Int32Array.from(customers, ([frequency]) => frequency),
  recency: Int32Array.from(customers, ([, recency]) => recency),
  age: Int32Array.from(customers, ([, , age]) => age),
  weight: new Float64Array(customers.length).fill(1),
  periodDays: 1,
});

/** Frequencies that several customers have, at ages near to and far from each other. */
const customer = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 30, 900),
    fc.integer({ min: 0, max: 1500 }),
    fc.integer({ min: 0, max: 400 }),
  )
  .map(([frequency, recency, silent]): [number, number, number] => [
    frequency,
    frequency === 0 ? 0 : recency,
    recency + silent,
  ]);
const span = fc.double({ min: Math.log(0.05), max: Math.log(30_000), noNaN: true }).map(Math.exp);
const shape = fc.double({ min: Math.log(0.05), max: Math.log(500), noNaN: true }).map(Math.exp);
const parameters = fc.record({ r: shape, alpha: span, s: shape, beta: span });

it('What the Pareto/NBD says of a customer is the same whoever else is asked about', () => {
  fc.assert(
    fc.property(fc.array(customer, { minLength: 1, maxLength: 30 }), parameters, (customers, given) => {
      const fitted = { model: 'pareto-nbd', parameters: given, unitDays: 7 };
      const together = paretoNbd.probabilityAlive(fitted, historiesOf(customers));
      customers.forEach((each, row) => {
        const [alone] = paretoNbd.probabilityAlive(fitted, historiesOf([each]));
        expect(together[row]).toBe(alone);
      });
    }),
    { numRuns: 150 },
  );
});

it('A search ends where customers leave at the same rate all of them, which the model has only at infinity', () => {
  // Each orders every other week while it stays, and one in forty leaves a week.
  const customers = Array.from({ length: 4_000 }, (_, number): [number, number, number] => {
    const weeks = 20 + (number % 60);
    const stayed = Math.min(weeks, Math.floor(-40 * Math.log1p(-((number * 0.618_033_988_75) % 1))));
    const orders = Math.floor((stayed * (0.2 + ((number * 0.324_717_957_24) % 1))) / 1.5);
    return [orders, orders === 0 ? 0 : stayed * 7, weeks * 7];
  });
  const fit = paretoNbd.fit(historiesOf(customers));
  expect(fit.parameters.beta! / fit.parameters.s!).toBeGreaterThan(20);
  expect(fit.evaluations).toBeLessThan(250);
});
