import { histories, orderModelOf, recalibrated } from '@perennial/lifetime-value';
import { RunnerRegistry, verify } from '@perennial/read-models';
import {
  asNewEvent,
  chancesCorrectedBy,
  event,
  monthly,
  publishedFits,
  serviceUnderTest,
  subscribed,
} from '@perennial/testing';
import { DEFAULT_ASSUMPTIONS, type FittedModels } from '../models/models.decider.js';
import { MODEL_STREAM, MODEL_SUBJECT } from '../models/model-stream.js';
import { RetentionModule } from '../retention.module.js';
import type { Explanation } from './scores.answers.js';
import { ScoringClock } from './scoring.clock.js';

const MONTHS = 30;
const AS_OF = monthly(MONTHS);
const placed = (name: string, month: number) =>
  event(
    'order.placed',
    `user:${name}`,
    {
      orderId: `${name}-${month}`,
      total: { amount: '20', currency: 'EUR' },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount: '20', currency: 'EUR' } }],
    },
    { time: `${monthly(month)}T12:00:00.000Z` },
  );
const ordered = (name: string) => [2, 10, 17, 24].map((month) => placed(name, month));

/** Models of a company whose customers came less often than they were told to. */
const fitted: FittedModels = {
  version: 1,
  asOf: AS_OF,
  reason: 'first',
  population: { customers: 5, repeatCustomers: 3, orderDays: 14, subscriptions: 2, endedSubscriptions: 0 },
  assumptions: DEFAULT_ASSUMPTIONS,
  currency: 'EUR',
  orders: publishedFits.paretoNbd,
  chanceCorrection: chancesCorrectedBy(-0.4, 0.9),
  averageValue: 20,
  subscriptions: [
    {
      subscriptions: 2,
      ended: 0,
      averageFee: 10,
      renewal: publishedFits.sbg,
    },
  ],
};

describe('A risk that is corrected by what the model was off', () => {
  const service = serviceUnderTest(RetentionModule);
  const explanationOf = async (name: string, query = '') =>
    (
      await service.get<Explanation>(
        `/api/retention/scores/${service.subjectIdOf(`user:${name}`)}/explanation${query}`,
      )
    ).body;
  /** By the library, from what the answer says of the customer. */
  const activeOf = ({ score: { frequency, ageDays, recencyDays } }: Explanation) =>
    orderModelOf('pareto-nbd').probabilityActive(
      fitted.orders!,
      histories({ frequency: [frequency!], recency: [ageDays! - recencyDays!], age: [ageDays!] }),
      DEFAULT_ASSUMPTIONS.horizonDays,
    )[0]!;

  beforeAll(async () => {
    const { journal } = service.platform;
    const recorded = asNewEvent(event('model.fitted', MODEL_SUBJECT, fitted));
    await journal.appendMany([{ streamId: MODEL_STREAM, expectedVersion: 'any', events: [recorded] }]);
    await service.given(
      ...ordered('buyer'),
      ...ordered('both'),
      placed('once', 5),
      ...[2, 3, 4, 5].map((month) => placed('gone', month)),
      placed('last', MONTHS),
      ...subscribed('both', { first: 4, last: MONTHS }),
      ...subscribed('member', { first: 4, last: MONTHS }),
    );
    await service.app.get(ScoringClock).decide();
    await service.app.get(ScoringClock).follow();
  });

  it('is told with what the model itself told', async () => {
    for (const name of ['buyer', 'last']) {
      const answer = await explanationOf(name);
      const active = activeOf(answer);
      expect(answer.score.modelVersion).toBe(1);
      expect(Number(answer.score.churnRisk)).toBeCloseTo(
        1 - recalibrated(active, fitted.chanceCorrection!),
        4,
      );
      expect(Number(answer.score.churnRisk)).toBeGreaterThan(1 - active + 0.001);
      expect(answer.orderRisk).toEqual({
        byModel: (1 - active).toFixed(4),
        corrected: answer.score.churnRisk,
      });
      expect(answer.sentences.join(' ')).toContain(
        `The model by itself tells a risk of no order of ${Math.round((1 - active) * 100)} %; it is corrected to ${Math.round(Number(answer.score.churnRisk) * 100)} %`,
      );
    }
  });

  it('is told apart from what the model told, however little it is corrected', async () => {
    const { sentences, orderRisk } = await explanationOf('gone');
    const said = /tells a risk of no order of (.+?); it is corrected to (.+?), by/.exec(sentences.join(' '))!;
    expect(orderRisk!.byModel).not.toBe(orderRisk!.corrected);
    expect(Number(orderRisk!.byModel)).toBeCloseTo(Number(orderRisk!.corrected), 2);
    expect(said[1]).not.toBe(said[2]);
  });

  it('is multiplied by that of subscriptions, which is not corrected', async () => {
    const both = await explanationOf('both');
    expect(Number(both.score.subscriptionRisk)).toBeLessThan(1);
    expect(Number(both.score.churnRisk)).toBeCloseTo(
      Number(both.orderRisk!.corrected) * Number(both.score.subscriptionRisk),
      3,
    );
    const member = await explanationOf('member');
    expect(member.orderRisk).toBeNull();
    expect(member.score.churnRisk).toBe(member.score.subscriptionRisk);
    expect(member.sentences.join(' ')).not.toContain('by itself');
  });

  it('is so as of a day, and when all scores are computed again', async () => {
    const { score, orderRisk } = await explanationOf('buyer', `?asOf=${AS_OF}`);
    const now = await explanationOf('buyer');
    expect([score.churnRisk, orderRisk]).toEqual([now.score.churnRisk, now.orderRisk]);
    const { options } = service.app.get(RunnerRegistry).of('retention')!;
    expect((await verify(options)).filter(({ differences }) => differences > 0)).toEqual([]);
  });

  it('is said to be in the view of the models', async () => {
    const { rows } = await service.pool.query<object>(
      'select chance_intercept::float8 as intercept, chance_slope::float8 as slope from retention.models where version = 1',
    );
    expect(rows).toEqual([{ intercept: -0.4, slope: 0.9 }]);
  });
});
