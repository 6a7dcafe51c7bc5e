import fc from 'fast-check';
import { contractsOf } from '../contracts/contracts.js';
import { evaluateContracts } from '../contracts/contract-holdout.js';
import { sbg } from '../contracts/sbg.js';
import { grouped } from '../histories/grouped.js';
import { histories } from '../histories/histories.js';
import { summarise, type OrderLog } from '../histories/order-log.js';
import { evaluateHoldout } from '../holdout/holdout.js';
import { evaluateRecalibration } from '../holdout/later-calibration.js';
import { evaluateSpend } from '../holdout/spend-holdout.js';
import { orderModelOf, orderModels } from '../orders/order-models.js';
import { gammaGamma } from '../spend/gamma-gamma.js';
import { totalValueRange } from '../value/total-value-range.js';

const UNTIL = 200;
const HOLDOUT_UNTIL = 300;

/** Days from a first one on, with what was paid: many are alike in some of it. */
const customer = fc.record({
  first: fc.integer({ min: 0, max: UNTIL - 60 }),
  every: fc.constantFrom(7, 10, 30, 31),
  orders: fc.integer({ min: 1, max: 12 }),
  worth: fc.integer({ min: 1, max: 9_999 }).map((cents) => cents / 100),
});
/** Rows, and the same in another sequence. */
const inTwoSequences = <Row>(rows: Row[]) =>
  fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }));
const companies = fc.array(customer, { minLength: 60, maxLength: 120 }).chain(inTwoSequences);

function logOf(customers: readonly { first: number; every: number; orders: number; worth: number }[]) {
  const rows = customers.flatMap(({ first, every, orders, worth }, number) =>
    Array.from({ length: orders }, (_, order) => ({
      customer: number,
      day: first + order * every,
      amount: worth * (1 + (order % 3)),
    })),
  );
  return {
    customer: rows.map((row) => row.customer),
    day: rows.map((row) => row.day),
    amount: rows.map((row) => row.amount),
  };
}

/** All that is said of customers together. */
function saidOf(log: OrderLog) {
  const span = { until: UNTIL, holdoutUntil: HOLDOUT_UNTIL };
  const daily = summarise(log, span);
  const weekly = summarise(log, { ...span, periodDays: 7 });
  const fits = Object.keys(orderModels).map((name) => {
    const { histories } = name === 'bg-bb' ? weekly : daily;
    return { fit: orderModelOf(name).fit(histories), histories };
  });
  const spend = gammaGamma.fit(daily.spend);
  const holdout = evaluateHoldout(fits, daily.histories, daily.holdout.orders, daily.holdout.days);
  const periods = { until: UNTIL, periodDays: 30 };
  const renewals = sbg.fit(contractsOf(log, periods));
  return {
    fits: fits.map(({ fit }) => fit),
    spend,
    holdout,
    spendInHoldout: evaluateSpend(fits, spend, daily, holdout.chosen),
    ranges: fits.map(({ fit, histories }) =>
      totalValueRange({ orders: fit, spend }, { histories, spend: daily.spend }, { annualDiscountRate: 0.1 }),
    ),
    renewals,
    contracts: evaluateContracts(renewals, log, { ...periods, holdoutUntil: HOLDOUT_UNTIL }),
    calibration: evaluateRecalibration(log, { ...span, models: ['mbg-nbd'] }),
  };
}

it('What is fitted to customers, and how well it foretells, is the same to the last bit in whatever sequence they come', () =>
  fc.assert(
    fc.property(companies, ([customers, otherwise]) => {
      expect(saidOf(logOf(otherwise))).toEqual(saidOf(logOf(customers)));
    }),
    { numRuns: 6, endOnFailure: true },
  ));

it('Rows that stand for parts of customers are added up in a sequence of their own', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.double({ min: 0, max: 10, noNaN: true }));
  const rows = fc.array(row, { minLength: 1, maxLength: 40 }).chain(inTwoSequences);
  const groupedOf = (each: [number, number][]) =>
    grouped(
      histories({
        frequency: each.map(([x]) => x),
        recency: each.map(([x]) => x),
        age: each.map(() => 9),
        weight: each.map(([, weight]) => weight),
      }),
    );
  fc.assert(
    fc.property(rows, ([one, other]) => {
      expect(groupedOf(other)).toEqual(groupedOf(one));
    }),
  );
});
