import { Random } from '@perennial/simulator';
import fc from 'fast-check';
import { dayOf } from '../scores/day.js';
import { NO_BAND, type Statistics } from '../scores/statistics.js';
import { NEVER, type Contracts } from '../subscriptions/contracts.js';
import { fitModels, type FitBasis } from './fit.js';
import { holdoutOf } from './holdout.js';
import { DEFAULT_ASSUMPTIONS } from './models.decider.js';
import { outliersOf, sameCustomers, without } from './outliers.js';

const TODAY = 20_000;
const CUT = TODAY - 200;

/** Some of them ordered on the same days, or paid the same; one ordered in 1900, one paid 10^14. */
interface Customer {
  days: number[];
  worth: number;
  subscribed?: { started: number; renewals: number; ends: number; fee: number; periodDays: number };
}

function company(seed: number): Customer[] {
  const random = new Random(`company ${seed}`);
  const drawn = Array.from({ length: 130 }, (_, number): Customer => {
    const first = CUT - random.integer(0, 300);
    const ends = Math.min(TODAY, first + random.exponential(150));
    const days = [first];
    for (let at: number = first; (at += random.exponential(random.gamma(2, 20))) < ends;)
      if (Math.floor(at) > days.at(-1)!) days.push(Math.floor(at));
    return {
      days,
      worth: random.integer(500, 9_999) / 100,
      ...(number % 2 && {
        subscribed: {
          started: CUT - random.integer(100, 300),
          renewals: random.integer(0, 9),
          ends: number % 5 ? NEVER : TODAY - random.integer(0, 180),
          fee: random.integer(500, 4_000) / 100,
          periodDays: number % 20 === 7 ? 90 : 30,
        },
      }),
    };
  });
  return [...drawn, { days: [-25_000], worth: 20 }, { days: [CUT - 5], worth: 1e14 }];
}

const idsOf = (size: number) => {
  const ids = Buffer.alloc(16 * size);
  for (let row = 0; row < size; row++) ids.writeUInt32BE(row, 16 * row);
  return ids;
};

/** Ids rise with the rows, as they do where they are read. */
function statisticsBy(day: number, customers: readonly Customer[]): Statistics {
  const known = customers.map(({ days, worth }) => ({ days: days.filter((each) => each <= day), worth }));
  return {
    size: known.length,
    customerId: idsOf(known.length),
    firstDay: Int32Array.from(known, ({ days }) => days[0]!),
    lastDay: Int32Array.from(known, ({ days }) => days.at(-1)!),
    orderDays: Int32Array.from(known, ({ days }) => days.length),
    value: Float64Array.from(known, ({ days, worth }) => days.length * worth),
    announced: new Int8Array(known.length).fill(NO_BAND),
  };
}

function contractsBy(day: number, customers: readonly Customer[]): Contracts {
  const known = customers.flatMap(({ subscribed }) => subscribed ?? []);
  const renewals = known.map((each) => Math.min(each.renewals, Math.floor((day - each.started) / 30)));
  return {
    size: known.length,
    customerId: idsOf(known.length),
    numberHash: Buffer.alloc(8 * known.length),
    startedDay: known.map(({ started }) => started),
    endsDay: known.map(({ ends }) => (ends <= day ? ends : NEVER)),
    reportedRenewals: renewals,
    renewedDay: known.map(({ started }, row) => started + 30 * renewals[row]!),
    periodDays: known.map(({ periodDays }) => periodDays),
    fee: known.map(({ fee }) => fee),
    paid: known.map(({ fee }, row) => fee * (1 + renewals[row]!)),
    knownDay: known.map(({ started }) => started),
    announced: known.map(() => NO_BAND),
  };
}

function basisOf(customers: readonly Customer[]): FitBasis {
  const statistics = statisticsBy(TODAY, customers);
  const outliers = outliersOf(statistics, TODAY);
  const earlier = statisticsBy(CUT, customers);
  const before = without(earlier, sameCustomers(statistics, outliers.rows, earlier));
  return {
    statistics,
    outliers,
    day: TODAY,
    asOf: dayOf(TODAY),
    reason: 'first',
    version: 1,
    assumptions: DEFAULT_ASSUMPTIONS,
    holdout: holdoutOf(before, statistics, dayOf(CUT), dayOf(TODAY)),
    contracts: contractsBy(TODAY, customers),
    contractHoldout: { before: contractsBy(CUT, customers), day: CUT, until: TODAY },
  };
}

it('Models and how well they foretold are the same to the last bit, whatever the sequence of the customers', () => {
  const shuffled = fc
    .integer({ min: 1, max: 1_000 })
    .map(company)
    .chain((customers) =>
      fc.tuple(
        fc.constant(customers),
        fc.shuffledSubarray(customers, { minLength: customers.length, maxLength: customers.length }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([customers, otherwise]) => {
      const fitted = fitModels(basisOf(customers));
      expect(fitted.outliers).toEqual({ early: 1, dear: 1 });
      expect(fitted.holdout?.customers).toBe(130);
      expect(fitted.subscriptions?.[0]?.holdout?.subscriptions).toBeGreaterThan(50);
      expect(fitModels(basisOf(otherwise))).toEqual(fitted);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});
