import { presentReasons, riskChanges, usualDaysBetweenOrders, type BandChange } from './risk.decider.js';

const change: BandChange = {
  customerId: '5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
  from: 'low',
  to: 'elevated',
  risk: 0.53,
  previousRisk: 0.49,
  asOf: '2026-03-09',
  previousModelVersion: 3,
  otherBands: false,
  atStake: '212.40',
  currency: 'EUR',
  daysSinceLastOrder: 94,
  frequency: 4,
  previousFrequency: 4,
  ageDays: 258,
  otherFirstOrder: false,
  subscriptions: 0,
  previousSubscriptions: 0,
  ending: 0,
  previousEnding: 0,
  renewals: 0,
  previousRenewals: 0,
};
const subscriber: Partial<BandChange> = {
  daysSinceLastOrder: null,
  frequency: null,
  previousFrequency: null,
  ageDays: null,
  subscriptions: 1,
  previousSubscriptions: 1,
};
const now = new Date('2026-03-10T00:10:00Z');
const reasons = (more: Partial<BandChange>) => riskChanges([{ ...change, ...more }], 3, now)[0]!.data.reasons;

describe('A change of risk', () => {
  it('names the customer, both bands, what is at stake and how long the silence is', () => {
    const [decision] = riskChanges([change], 3, now);
    expect(decision).toMatchObject({
      type: 'risk.changed',
      streamId: change.customerId,
      subject: `customer:${change.customerId}`,
      data: {
        from: 'low',
        to: 'elevated',
        atStake: '212.40',
        currency: 'EUR',
        reasons: ['silent-too-long'],
        daysSinceLastOrder: 94,
        usualDaysBetweenOrders: 41,
      },
    });
  });

  it.each<[string, Partial<BandChange>, string[]]>([
    ['silence that is not unusual', { daysSinceLastOrder: 60, ageDays: 224 }, ['silent']],
    ['silence after one order', { frequency: 0, previousFrequency: 0, ageDays: 94 }, ['silent']],
    ['an order', { frequency: 5, daysSinceLastOrder: 0, risk: 0.2, previousRisk: 0.6 }, ['ordered-again']],
    ['an order that was cancelled', { frequency: 3, risk: 0.2, previousRisk: 0.6 }, ['orders-changed']],
    [
      'orders of another identifier',
      { otherFirstOrder: true, risk: 0.2, previousRisk: 0.6 },
      ['orders-changed'],
    ],
    [
      'a new version of the models',
      { previousModelVersion: 2, risk: 0.2, previousRisk: 0.6 },
      ['model-changed'],
    ],
    [
      'a new version with other bands',
      { previousModelVersion: 2, otherBands: true, risk: 0.2, previousRisk: 0.6 },
      ['model-changed', 'bands-changed'],
    ],
    ['a new version and silence', { previousModelVersion: 2 }, ['model-changed', 'silent-too-long']],
    [
      'who subscribed',
      { ...subscriber, previousSubscriptions: 0, risk: 0.2, previousRisk: 1 },
      ['subscribed'],
    ],
    ['a renewal', { ...subscriber, renewals: 1, risk: 0.2, previousRisk: 0.6 }, ['renewed']],
    ['a notice', { ...subscriber, ending: 1 }, ['notice-given']],
    [
      'a notice that was taken back',
      { ...subscriber, previousEnding: 1, risk: 0.2, previousRisk: 0.6 },
      ['subscribed'],
    ],
    ['the end of a subscription', { ...subscriber, subscriptions: 0 }, ['subscription-ended']],
    ['one more renewal that is due', subscriber, ['renewal-ahead']],
    [
      'a first order of who subscribes',
      {
        ...subscriber,
        frequency: 0,
        ageDays: 0,
        daysSinceLastOrder: 0,
        otherFirstOrder: true,
        risk: 0.1,
        previousRisk: 0.6,
      },
      ['ordered-again'],
    ],
    ['a return that changed nothing else', { risk: 0.2, previousRisk: 0.6 }, ['orders-changed']],
  ])('tells of %s', (_, more, expected) => expect(reasons(more)).toEqual(expected));

  it('is the same decision when it is made again, and another on another day', () => {
    const causes = [change, change, { ...change, asOf: '2026-03-10' }].map(
      (each) => riskChanges([each], 3, now)[0]!.cause,
    );
    expect(causes[0]).toBe(causes[1]);
    expect(causes[0]).not.toBe(causes[2]);
  });

  it('knows no usual time after one order', () =>
    expect(usualDaysBetweenOrders({ frequency: 0, ageDays: 10, daysSinceLastOrder: 10 })).toBeUndefined());
});

describe('Who was at risk from the first score on', () => {
  const present = {
    daysSinceLastOrder: 30,
    usualDaysBetweenOrders: null,
    subscriptions: null,
    subscriptionsEnding: null,
  };
  it.each<[string, Partial<typeof present> | object, string[]]>([
    ['after one order', {}, ['silent']],
    ['silent for no longer than usual', { usualDaysBetweenOrders: 15 }, ['silent']],
    ['silent for longer than usual', { usualDaysBetweenOrders: 14.9 }, ['silent-too-long']],
    ['whose subscription has ended', { subscriptions: 0 }, ['subscription-ended', 'silent']],
    [
      'who only subscribed',
      { daysSinceLastOrder: null, subscriptions: 1, subscriptionsEnding: 0 },
      ['renewal-ahead'],
    ],
    [
      'who gave notice',
      { daysSinceLastOrder: null, subscriptions: 1, subscriptionsEnding: 1 },
      ['notice-given'],
    ],
  ])('%s', (_, more, reasons) => expect(presentReasons({ ...present, ...more })).toEqual(reasons));
});
