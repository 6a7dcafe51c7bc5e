import { verify } from '@perennial/read-models';
import { event, merged, serviceUnderTest } from '@perennial/testing';
import { RunnerRegistry } from '@perennial/read-models';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from './scoring.clock.js';

const money = (amount: string, currency = 'EUR') => ({ amount, currency });
const day = (number: number) =>
  new Date(Date.UTC(2025, 0, 1) + number * 86_400_000).toISOString().slice(0, 10);
const placed = (orderId: string, subject: string, amount: string, on: number) =>
  event(
    'order.placed',
    subject,
    { orderId, total: money(amount), lines: [{ sku: 'lamp', quantity: 1, price: money(amount) }] },
    { time: `${day(on)}T12:00:00.000Z` },
  );

/** 120 customers: every third comes back every ten days for a while, the others not. */
const history = Array.from({ length: 120 }, (_, customer) =>
  Array.from({ length: customer % 3 === 0 ? 1 + (customer % 7) : 1 }, (_, order) =>
    placed(`${customer}-${order}`, `user:${customer}`, `${10 + (customer % 5)}.50`, customer + order * 10),
  ),
).flat();

interface Score {
  customerId: string;
  asOf: string;
  modelVersion: number;
  frequency: number;
  recencyDays: number;
  churnRisk: string;
  expectedValue: string;
}

describe('scores', () => {
  const service = serviceUnderTest(RetentionModule);
  const clock = () => service.app.get(ScoringClock);
  const scoreOf = (subject: string) =>
    service.get<Score>(`/api/retention/scores/${service.subjectIdOf(subject)}`);
  const differences = async () => {
    const runner = service.app.get(RunnerRegistry).of('retention')!;
    return (await verify(runner.options)).filter(({ differences }) => differences > 0);
  };

  beforeAll(async () => {
    await service.given(...history);
    await clock().decide();
    await clock().follow();
  });

  it('tell what is expected of a customer, as of the last day with an order where orders ended long ago', async () => {
    const { body, status } = await scoreOf('user:6');
    expect(status).toBe(200);
    expect(body).toMatchObject({ asOf: day(171), modelVersion: 1, frequency: 6, recencyDays: 105 });
    expect(Number(body.churnRisk)).toBeGreaterThan(0);
    expect(Number(body.churnRisk)).toBeLessThan(1);
  });

  it('are those that the journal gives', async () => expect(await differences()).toEqual([]));

  it('follow an order', async () => {
    const before = (await scoreOf('user:9')).body;
    await service.given(placed('9-new', 'user:9', '12', 168));
    await clock().follow();
    const { body } = await scoreOf('user:9');
    expect(body.frequency).toBe(before.frequency + 1);
    expect(Number(body.churnRisk)).toBeLessThan(Number(before.churnRisk));
    expect(await differences()).toEqual([]);
  });

  it('follow two customers who are one', async () => {
    await service.given(merged('user:12', 'user:15'));
    await clock().follow();
    expect(await differences()).toEqual([]);
  });

  it('are verified though the scorer has not followed yet', async () => {
    await service.given(placed('18-new', 'user:18', '12', 169));
    expect(await differences()).toEqual([]);
    expect((await scoreOf('user:18')).body.recencyDays).toBe(2);
  });
});
