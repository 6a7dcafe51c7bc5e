import fc from 'fast-check';
import type { FittedModels } from './models.decider.js';
import { NEVER, type Contract, type Contracts } from '../subscriptions/contracts.js';
import { subscriptionValues } from '../scores/subscription-values.js';
import { DEFAULT_ASSUMPTIONS } from './models.decider.js';
import { fitSubscriptions } from './subscription-fit.js';

const TODAY = 20_000;
const MONTH = 30.436875;
const contract = (renewals: number, ended: boolean, periodDays = MONTH): Contract => {
  const lasts = Math.round(renewals * periodDays);
  const startedDay = TODAY - lasts - (ended ? 400 : 1);
  return {
    startedDay,
    endsDay: ended ? startedDay + Math.round(lasts + periodDays) : NEVER,
    reportedRenewals: renewals,
    renewedDay: startedDay + lasts,
    periodDays,
    fee: 10,
    paid: 10 * (1 + renewals),
  };
};
const columns = (contracts: readonly Contract[]): Contracts => {
  const of = (name: keyof Contract) => contracts.map((each) => each[name]);
  return {
    size: contracts.length,
    customerId: Buffer.alloc(16 * contracts.length),
    numberHash: Buffer.alloc(8 * contracts.length),
    startedDay: of('startedDay'),
    endsDay: of('endsDay'),
    reportedRenewals: of('reportedRenewals'),
    renewedDay: of('renewedDay'),
    periodDays: of('periodDays'),
    fee: of('fee'),
    paid: of('paid'),
    knownDay: of('startedDay'),
    announced: contracts.map(() => -1),
  };
};
const fitTo = (contracts: readonly Contract[]) =>
  fitSubscriptions({ contracts: columns(contracts), day: TODAY });
const known = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), {
  minLength: 1,
  maxLength: 80,
});

describe('A fit to subscriptions', () => {
  it.each<[string, Partial<Contract>]>([
    ['begun in 1900', { startedDay: -25_567, renewedDay: -25_567 }],
    ['with a fee of 10^15', { fee: 1e15 }],
  ])('does not learn from one %s, and says so', (_, absurd) => {
    const plain = Array.from({ length: 60 }, (_, number) => contract(number % 9, number % 4 === 0));
    const [before] = fitTo(plain);
    const [after] = fitTo([...plain.slice(0, 30), { ...contract(3, false), ...absurd }, ...plain.slice(30)]);
    const { renewal, ...rest } = after!;
    expect(rest).toEqual({ ...before, renewal: undefined });
    expect(renewal).toEqual({
      ...before!.renewal,
      problems: [
        ...before!.renewal.problems,
        expect.stringMatching(/^Left out of the fit.*: 1 subscription,/),
      ],
    });
  });

  it.each([
    ['one that has just begun', [contract(0, false)]],
    ['a few that all run', [3, 5, 8].map((renewals) => contract(renewals, false))],
    ['a few that all ended at once', [0, 0, 0].map((renewals) => contract(renewals, true))],
  ])('leans on a prior, and says so, given %s', (_, contracts) => {
    const [term] = fitTo(contracts);
    expect(term).toMatchObject({
      subscriptions: contracts.length,
      prior: expect.stringContaining('weak prior'),
    });
    expect(term!.renewal.parameters['alpha']).toBeGreaterThan(0);
    expect(term!.renewal.parameters['beta']).toBeGreaterThan(0);
  });

  it('leans on none once fifty have ended', () => {
    const contracts = Array.from({ length: 200 }, (_, n) => contract(n % 2 ? n % 3 : n % 24, n % 2 === 1));
    const [term] = fitTo(contracts);
    expect(term).toMatchObject({ ended: 100, renewal: { model: 'sbg', converged: true } });
    expect(term!.prior).toBeUndefined();
  });

  it('tells periods of other lengths apart', () =>
    expect(fitTo([contract(2, false, 365.2425), contract(3, false), contract(1, true)])).toMatchObject([
      { subscriptions: 2, ended: 1, renewal: { unitDays: MONTH } },
      { subscriptions: 1, ended: 0, renewal: { unitDays: 365.2425 } },
    ]));

  it('is the same in whatever sequence they are read', () =>
    fc.assert(
      fc.property(known, (all) => {
        const contracts = all.map(([renewals, ended]) => contract(renewals, ended));
        expect(fitTo([...contracts].reverse())).toEqual(fitTo(contracts));
      }),
      { numRuns: 30 },
    ));

  it('holds each further renewal for a sign of more to come', () =>
    fc.assert(
      fc.property(known, fc.integer({ min: 0, max: 40 }), (all, renewals) => {
        const subscriptions = fitTo(all.map(([count, ended]) => contract(count, ended)));
        const models = { subscriptions, assumptions: DEFAULT_ASSUMPTIONS } as unknown as FittedModels;
        const valueOf = subscriptionValues(models);
        const day = (each: Contract) => each.renewedDay + 1;
        const [fewer, more] = [contract(renewals, false), contract(renewals + 1, false)];
        const [before, after] = [valueOf(fewer, day(fewer)), valueOf(more, day(more))];
        expect(after.survival).toBeGreaterThanOrEqual(before.survival - 1e-12);
        expect(after.lifetimeValue).toBeGreaterThanOrEqual(before.lifetimeValue * (1 - 1e-9));
      }),
      { numRuns: 30 },
    ));
});
