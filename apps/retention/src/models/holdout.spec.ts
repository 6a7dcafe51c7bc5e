import { AS_TOLD, recalibrated } from '@perennial/lifetime-value';
import { Random } from '@perennial/simulator';
import { asNewEvent, event, publishedFits, serviceUnderTest } from '@perennial/testing';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from '../scores/scoring.clock.js';
import { dayOf } from '../scores/day.js';
import { NO_BAND, type Statistics } from '../scores/statistics.js';
import { fitModels } from './fit.js';
import { holdoutOf } from './holdout.js';
import { MODEL_STREAM, MODEL_SUBJECT } from './model-stream.js';
import { DEFAULT_ASSUMPTIONS, type FittedModels } from './models.decider.js';

const TODAY = 20_000;
const CUT = TODAY - 200;
const WEEK = 7;

/** Days of a customer's orders, of a Pareto/NBD population with the parameters of CDNOW (Fader, Hardie and Lee 2005). */
function orderDaysOf(number: number): number[] {
  const random = new Random(`calibration ${number}`);
  const rate = random.gamma(0.553, 0.553 / 10.578) / WEEK;
  const leaving = random.gamma(0.606, 0.606 / 11.669) / WEEK;
  const first = TODAY - 400 - random.integer(0, 199);
  const ends = Math.min(TODAY, first + random.exponential(1 / leaving));
  const days = [first];
  for (let at = first; (at += random.exponential(1 / rate)) < ends;)
    if (Math.floor(at) > days.at(-1)!) days.push(Math.floor(at));
  return days;
}
const population = Array.from({ length: 3_000 }, (_, number) => orderDaysOf(number));

function statisticsBy(day: number, customers: readonly number[][]): Statistics {
  const known = customers.map((days) => days.filter((each) => each <= day));
  const customerId = Buffer.alloc(16 * known.length);
  known.forEach((_, number) => customerId.writeUInt32BE(number, 16 * number));
  return {
    size: known.length,
    customerId,
    firstDay: Int32Array.from(known, ([first]) => first!),
    lastDay: Int32Array.from(known, (days) => days.at(-1)!),
    orderDays: Int32Array.from(known, ({ length }) => length),
    value: Float64Array.from(known, ({ length }) => 20 * length),
    announced: new Int8Array(known.length).fill(NO_BAND),
  };
}

function fittedTo(customers: readonly number[][]): FittedModels {
  const statistics = statisticsBy(TODAY, customers);
  return fitModels({
    statistics,
    day: TODAY,
    asOf: dayOf(TODAY),
    reason: 'first',
    version: 1,
    assumptions: DEFAULT_ASSUMPTIONS,
    holdout: holdoutOf(statisticsBy(CUT, customers), statistics, dayOf(CUT), dayOf(TODAY)),
  });
}

describe('The chance to order that models tell', () => {
  let asTheyAre: FittedModels;
  let halfAway: FittedModels;
  beforeAll(() => {
    asTheyAre = fittedTo(population);
    halfAway = fittedTo(
      population.map((days, number) => (number % 2 ? days : days.filter((day) => day <= CUT))),
    );
  });

  it('is the share of those who do, in each tenth, of customers who behave as the model takes them to', () => {
    const { results, customers } = asTheyAre.holdout!;
    const { calibration = [], calibrationError } = results.find(({ name }) => name === 'pareto-nbd')!;
    expect(calibration).toHaveLength(10);
    expect(calibration.reduce((sum, { count }) => sum + count, 0)).toBe(customers);
    expect(calibration.map(({ expected }) => expected)).toEqual(
      calibration.map(({ expected }) => expected).sort((one, other) => one - other),
    );
    // From those who will hardly order to those who almost certainly will.
    expect(calibration[0]!.expected).toBeLessThan(0.1);
    expect(calibration.at(-1)!.expected).toBeGreaterThan(0.75);
    for (const { count, expected, actual } of calibration)
      expect(Math.abs(expected - actual)).toBeLessThan(3 * Math.sqrt((expected * (1 - expected)) / count));
    expect(calibrationError).toBeLessThan(0.025);
  });

  it('is told to be wrong where half of the customers stay away all of a sudden', () => {
    const { results } = halfAway.holdout!;
    for (const { calibration, calibrationError } of results.filter(({ naive }) => !naive)) {
      expect(calibration!.at(-1)!.expected - calibration!.at(-1)!.actual).toBeGreaterThan(0.3);
      expect(calibrationError).toBeGreaterThan(0.08);
    }
  });

  it('is corrected by half of what it was off, told by customers who were not learnt from', () => {
    const { orders, holdout, chanceCorrection } = halfAway;
    const told = holdout!.results.find(({ name }) => name === orders!.model)!;
    const { intercept, slope, gain, gainError, calibration } = chanceCorrection!;
    expect(gain).toBeGreaterThan(3 * gainError);
    for (const chance of [0.1, 0.5, 0.9])
      expect(recalibrated(chance, { intercept, slope })).toBeLessThan(chance);
    expect(chanceCorrection!.brierScore).toBeLessThan(told.brierScore!);
    expect(chanceCorrection!.calibrationError).toBeLessThan(0.8 * told.calibrationError!);
    // The same tenths of the customers, told another chance.
    expect(calibration.map(({ count, actual }) => ({ count, actual }))).toEqual(
      told.calibration!.map(({ count, actual }) => ({ count, actual })),
    );
    for (const [tenth, { expected }] of calibration.entries())
      expect(expected).toBeLessThan(told.calibration![tenth]!.expected);
  });

  it('is not corrected where it is right, nor where few tell of it', () => {
    expect(asTheyAre.chanceCorrection).toMatchObject({ intercept: 0, slope: 1 });
    expect(fittedTo(population.slice(0, 60)).chanceCorrection).toMatchObject({ intercept: 0, slope: 1 });
  });

  it('is told of models only: naive rules name none', () => {
    const { results } = asTheyAre.holdout!;
    expect(results.filter(({ naive }) => !naive)).toHaveLength(3);
    for (const { naive, calibration, calibrationError } of results)
      expect([calibration === undefined, calibrationError === undefined]).toEqual([naive, naive]);
  });
});

describe('An analyst who checks churn risk', () => {
  const service = serviceUnderTest(RetentionModule);
  const money = { amount: '20', currency: 'EUR' };
  const former = { name: 'bg-nbd', naive: false, brierScore: 0.1, auc: 0.7 };

  beforeAll(async () => {
    const fitted = {
      version: 1,
      asOf: dayOf(TODAY - 30),
      reason: 'first' as const,
      population: { customers: 100, repeatCustomers: 40, orderDays: 200 },
      assumptions: DEFAULT_ASSUMPTIONS,
      currency: 'EUR',
      orders: publishedFits.bgNbd,
      averageValue: 20,
      holdout: {
        from: dayOf(CUT),
        until: dayOf(TODAY - 30),
        customers: 100,
        actual: 40,
        results: [former],
      },
    };
    const { journal } = service.platform;
    const recorded = asNewEvent(event('model.fitted', MODEL_SUBJECT, fitted));
    await journal.appendMany([{ streamId: MODEL_STREAM, expectedVersion: 'any', events: [recorded] }]);
    const orders = population.slice(0, 400).flatMap((days, customer) =>
      days.map((day) =>
        event(
          'order.placed',
          `user:${customer}`,
          {
            orderId: `${customer}-${day}`,
            total: money,
            lines: [{ sku: 'lamp', quantity: 1, price: money }],
          },
          { time: `${dayOf(day)}T12:00:00.000Z` },
        ),
      ),
    );
    await service.given(...orders);
    await service.app.get(ScoringClock).decide();
    await service.given();
  });

  it('still reads a fit of before calibration was told', async () => {
    const { body } = await service.get<FittedModels>('/api/retention/models/1');
    expect(body.holdout!.results).toEqual([former]);
    const { rows } = await service.pool.query<object>(
      'select candidate, brier_score::float8, calibration_error from retention.model_quality where version = 1',
    );
    expect(rows).toEqual([{ candidate: 'bg-nbd', brier_score: 0.1, calibration_error: null }]);
    expect((await service.pool.query('select from retention.calibration where version = 1')).rowCount).toBe(
      0,
    );
    const { rows: uncorrected } = await service.pool.query<object>(
      'select chance_intercept, chance_slope from retention.models where version = 1',
    );
    expect(uncorrected).toEqual([{ chance_intercept: null, chance_slope: null }]);
  });

  it('finds what was said of each tenth, and what became of it', async () => {
    const { body } = await service.get<FittedModels>('/api/retention/models/2');
    const said = body.holdout!.results.find(({ name }) => name === body.orders!.model)!;
    const { rows } = await service.pool.query<Record<string, number>>(
      `select tenth, customers, expected::float8, actual::float8, expected_risk::float8, actual_risk::float8,
              corrected_risk::float8, by_chance::float8
         from retention.calibration where version = 2 and foretold = 'orders' order by tenth`,
    );
    expect(rows).toHaveLength(10);
    rows.forEach((row, index) => {
      const { count, expected, actual } = said.calibration![index]!;
      expect(row).toMatchObject({ tenth: index + 1, customers: count });
      expect(row.expected).toBeCloseTo(expected, 3);
      expect(row.actual).toBeCloseTo(actual, 3);
      expect(row.expected_risk! + row.expected!).toBeCloseTo(1, 9);
      expect(row.actual_risk! + row.actual!).toBeCloseTo(1, 9);
      expect(row.corrected_risk).toBeNull();
      expect(row.by_chance).toBeCloseTo(2 * Math.sqrt((expected * (1 - expected)) / count), 3);
    });
    const { rows: summary } = await service.pool.query<{
      error: number;
      corrected: number;
      from_tenths: number;
    }>(
      `select calibration_error::float8 as error, corrected_error::float8 as corrected,
              (select sum(customers * abs(expected - actual)) / sum(customers) from retention.calibration c
                where c.version = q.version and c.foretold = q.foretold)::float8 as from_tenths
         from retention.model_quality q where version = 2 and foretold = 'orders' and chosen`,
    );
    expect(summary[0]!.error).toBeCloseTo(summary[0]!.from_tenths, 3);
    expect(body.chanceCorrection).toMatchObject(AS_TOLD);
    expect(summary[0]!.corrected).toBeNull();
  });

  it('finds what a correction gives where there is one, and the problems of both models', async () => {
    const { body } = await service.get<FittedModels>('/api/retention/models/2');
    const { calibration, calibrationError } = body.chanceCorrection!;
    const corrected: FittedModels = {
      ...body,
      version: 3,
      orders: { ...body.orders!, problems: ['It did not converge.'] },
      spend: { ...publishedFits.bgNbd, model: 'gamma-gamma', problems: ['3 buyers were left out.'] },
      chanceCorrection: { ...body.chanceCorrection!, intercept: -0.4, slope: 0.9 },
    };
    const recorded = asNewEvent(event('model.fitted', MODEL_SUBJECT, corrected));
    await service.platform.journal.appendMany([
      { streamId: MODEL_STREAM, expectedVersion: 'any', events: [recorded] },
    ]);
    await service.given();
    const read = async (sql: string) => (await service.pool.query<Record<string, unknown>>(sql)).rows;
    const tenths = await read(
      `select corrected_risk::float8 as risk from retention.calibration where version = 3 and foretold = 'orders' order by tenth`,
    );
    expect(tenths).toEqual(calibration.map(({ expected }) => ({ risk: expect.closeTo(1 - expected, 3) })));
    expect(
      await read(
        `select corrected_error::float8 as error, problems from retention.model_quality join retention.models using (version)
          where version = 3 and foretold = 'orders' and chosen`,
      ),
    ).toEqual([
      {
        error: expect.closeTo(calibrationError, 3),
        problems: ['It did not converge.', 'Spend: 3 buyers were left out.'],
      },
    ]);
  });
});
