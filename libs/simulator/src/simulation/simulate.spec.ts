import { readEvent, type EventName } from '@perennial/events';
import { boughtTogether } from '../company/assortment.js';
import { monthsLater } from '../company/calendar.js';
import { identity } from '../company/company.parameters.js';
import { batches, simulate, type SimulatedEvent } from './simulate.js';

const to = new Date('2026-03-01T00:00:00Z');
const from = new Date('2024-03-01T00:00:00Z');

const all = [...simulate({ seed: 1, customers: 2000, to })];
const few = (options: Partial<Parameters<typeof simulate>[0]> = {}) =>
  JSON.stringify([...simulate({ seed: 1, customers: 60, to, ...options })]);
const of = <Name extends EventName>(type: Name) =>
  all.filter((event): event is Extract<SimulatedEvent, { type: Name }> => event.type === type);
const orders = of('order.placed');

describe('the sample company', () => {
  it('repeats itself: the same options give the same events', () => expect(few()).toBe(few()));

  it.each([
    ['seed', { seed: 2 }],
    ['number of customers', { customers: 61 }],
    ['end', { to: new Date('2026-03-02T00:00:00Z') }],
  ])('is another with another %s, and shares neither ids nor customers with it', (_, options) => {
    const people = (text: string) =>
      (JSON.parse(text) as SimulatedEvent[])
        .flatMap(({ id, subject }) => [id, subject])
        .filter((name) => !/^(product|currency|setting):/.test(name));
    const others = new Set(people(few(options)));
    // Anonymous devices are drawn from the seed alone; they belong to the same people.
    expect(people(few()).filter((name) => others.has(name) && !name.startsWith('anonymous:'))).toEqual([]);
  });

  it('says only what the catalogue accepts', () => {
    const rejections = all.map((event) => readEvent(event, to).rejection).filter(Boolean);
    expect(rejections).toEqual([]);
  });

  it('says in every event that it is simulated', () =>
    expect(new Set(all.map(({ source }) => source))).toEqual(new Set(['/simulated/fernwood'])));

  it('tells its events in the sequence of time, from the first day to the last', () => {
    const times = all.map(({ time }) => time);
    expect(times.every((time, index) => index === 0 || times[index - 1]! <= time)).toBe(true);
    expect(Date.parse(times[0]!)).toBeGreaterThanOrEqual(from.getTime());
    expect(Date.parse(times.at(-1)!)).toBeLessThan(to.getTime());
  });

  it('never uses an id twice', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const ids = [
      ...orders.map(({ data }) => data.orderId),
      ...of('order.returned').map(({ data }) => data.returnId),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('needs no personal data but obviously made-up ones', () => {
    for (const { data } of of('profile.updated')) expect(data.email).toMatch(/@example\.org$/);
    for (const { subject } of all)
      if (subject.startsWith('email:')) expect(subject).toMatch(/@example\.org$/);
  });
});

const share = (part: number, whole: number) => part / whole;

describe('its figures', () => {
  it('are those of 2,000 customers in two years', () => {
    expect(all.length).toBeGreaterThan(60_000);
    expect(all.length).toBeLessThan(140_000);
    expect(orders.length).toBeGreaterThan(4_500);
    expect(orders.length).toBeLessThan(10_000);
  });

  it('come from the web, stores and the telephone', () => {
    const by = Map.groupBy(orders, ({ data }) => data.channel);
    const part = (channel: string) => share(by.get(channel)?.length ?? 0, orders.length);
    expect([...by.keys()].sort()).toEqual(['phone', 'store', 'web']);
    expect(part('web')).toBeGreaterThan(0.5);
    expect(part('store')).toBeGreaterThan(0.12);
    expect(part('phone')).toBeGreaterThan(0.02);
  });

  it('hold cancelled, changed and returned orders, and late, failed and lost parcels', () => {
    const shipped = of('shipment.dispatched');
    const promises = new Map(shipped.map(({ data }) => [data.shipmentId, data.promisedAt!]));
    const late = of('shipment.delivered').filter(({ data, time }) => time > promises.get(data.shipmentId)!);
    const rates = {
      cancelled: share(of('order.cancelled').length, orders.length),
      updated: share(of('order.updated').length, orders.length),
      returned: share(of('order.returned').length, orders.length),
      late: share(late.length, shipped.length),
      failed: share(of('shipment.failed').length, shipped.length),
    };
    for (const rate of Object.values(rates)) {
      expect(rate).toBeGreaterThan(0.008);
      expect(rate).toBeLessThan(0.15);
    }
    expect(of('shipment.failed').some(({ data }) => data.reason === 'lost')).toBe(true);
  });

  it('add up: an order is the sum of its lines less its discount, a refund at most the order', () => {
    const cents = (amount: string) => Math.round(Number(amount) * 100);
    const latest = new Map<string, number>();
    for (const { data } of [...orders, ...of('order.updated')]) {
      const sum = data.lines.reduce((all, { quantity, price }) => all + quantity * cents(price.amount), 0);
      const discount = 'discount' in data ? cents(data.discount!.amount) : 0;
      if (!latest.has(data.orderId)) expect(cents(data.total.amount)).toBe(sum - discount);
      latest.set(data.orderId, cents(data.total.amount));
    }
    for (const { data } of of('order.returned')) {
      expect(cents(data.refund.amount)).toBeLessThanOrEqual(latest.get(data.orderId!)!);
    }
  });

  it('sell more before Christmas than in February', () => {
    const inMonth = (month: string) => orders.filter(({ time }) => time.slice(5, 7) === month).length;
    expect(inMonth('12')).toBeGreaterThan(1.5 * inMonth('02'));
  });

  it('hold customers who buy once and customers who buy often', () => {
    const counts = [...Map.groupBy(orders, ({ subject }) => subject).values()].map((of) => of.length);
    expect(share(counts.filter((count) => count === 1).length, counts.length)).toBeGreaterThan(0.25);
    expect(Math.max(...counts)).toBeGreaterThan(20);
  });

  it('name products that belong together more than three times as often as chance would', () => {
    const baskets = orders.map(({ data }) => new Set(data.lines.map(({ sku }) => sku)));
    const withAll = (...skus: string[]) =>
      baskets.filter((basket) => skus.every((sku) => basket.has(sku))).length;
    const lifts = boughtTogether.map(
      (pair) =>
        (withAll(pair.product, pair.with) * baskets.length) / (withAll(pair.product) * withAll(pair.with)),
    );
    expect(Math.min(...lifts)).toBeGreaterThan(3);
    expect(withAll('coffee-grinder', 'espresso-beans-1-kg')).toBeGreaterThan(20);
  });

  it('show who comes by which way, and that some ways bring more buyers than others', () => {
    const ways = Map.groupBy(
      of('page.viewed').filter(({ subject }) => subject.startsWith('anonymous:')),
      ({ data }) => data.channel!,
    );
    const linked = new Set(of('identity.linked').map(({ subject }) => subject));
    const conversion = (way: string) => {
      const devices = new Set(ways.get(way)?.map(({ subject }) => subject));
      return share([...devices].filter((device) => linked.has(device)).length, devices.size);
    };
    expect([...ways.keys()]).toEqual(
      expect.arrayContaining(['advertising', 'partner', 'search', 'social', 'web']),
    );
    expect(conversion('partner')).toBeGreaterThan(1.5 * conversion('social'));
    expect(of('page.viewed').some(({ data }) => data.campaign?.medium === 'cpc')).toBe(true);
  });
});

describe('its customers', () => {
  it('are recognised on their devices, by their cards and by their addresses', () => {
    const kinds = new Set(
      of('identity.linked').map(
        ({ subject, data }) => `${subject.split(':')[0]} → ${data.other.split(':')[0]}`,
      ),
    );
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['anonymous → email', 'anonymous → user', 'card → user', 'email → user']),
    );
  });

  it('are sometimes never known', () => {
    const linked = new Set(of('identity.linked').flatMap(({ subject, data }) => [subject, data.other]));
    const unknown = new Set(
      all.map(({ subject }) => subject).filter((name) => name.startsWith('anonymous:') && !linked.has(name)),
    );
    expect(unknown.size).toBeGreaterThan(500);
  });

  it('are mistaken for one another a few times, until somebody notices', () => {
    const links = of('identity.linked');
    const taken = of('identity.unlinked');
    expect(taken).toHaveLength(identity.wrongLinks);
    for (const { subject, data, time } of taken) {
      const wrong = links.find((link) => link.subject === subject && link.data.other === data.other);
      expect(wrong!.time < time).toBe(true);
      // The device has its owner, too.
      expect(links.filter((link) => link.subject === subject).length).toBeGreaterThan(1);
    }
  });

  it('do not act under an account before it is opened', () => {
    const opened = new Set<string>();
    for (const { type, subject } of all) {
      if (type === 'customer.registered') opened.add(subject);
      else if (subject.startsWith('user:')) expect(opened).toContain(subject);
    }
  });

  it('do all that the shop offers', () =>
    expect([...new Set(all.map(({ type }) => type))].sort()).toEqual([
      'cart.item.added',
      'cart.item.removed',
      'checkout.started',
      'consent.changed',
      'coupon.applied',
      'customer.registered',
      'exchange.rate.published',
      'identity.linked',
      'identity.unlinked',
      'inquiry.received',
      'order.cancelled',
      'order.placed',
      'order.returned',
      'order.updated',
      'page.viewed',
      'product.cost.stated',
      'product.list.viewed',
      'product.listed',
      'product.reviewed',
      'product.viewed',
      'product.wished',
      'product.withdrawn',
      'products.searched',
      'profile.updated',
      'reporting.currency.set',
      'shipment.delivered',
      'shipment.dispatched',
      'shipment.failed',
      'subscription.cancelled',
      'subscription.renewed',
      'subscription.started',
      'wallet.declared',
    ]));
});

describe('its books', () => {
  it('know what every product costs, less than its price, some of them in dollars', () => {
    const costs = of('product.cost.stated');
    const prices = new Map(of('product.listed').map(({ data }) => [data.sku, Number(data.price!.amount)]));
    expect(new Set(costs.map(({ data }) => data.sku))).toEqual(new Set(prices.keys()));
    for (const { data } of costs.filter(({ data }) => data.cost.currency === 'EUR'))
      expect(Number(data.cost.amount)).toBeLessThan(prices.get(data.sku)!);
    const imported = costs.filter(({ data }) => data.cost.currency === 'USD').length;
    expect(share(imported, costs.length)).toBeGreaterThan(0.1);
    expect(share(imported, costs.length)).toBeLessThan(0.35);
  });

  it('have a rate of the dollar from the first day on, one a month', () => {
    const days = of('exchange.rate.published').map(({ data }) => data.day);
    expect(days).toHaveLength(24);
    expect(days[0]).toBe('2024-03-01');
    expect(days.at(-1)).toBe('2026-02-01');
  });
});

describe('its clubs', () => {
  const started = new Map(of('subscription.started').map((event) => [event.data.subscriptionId, event]));

  it('have members who pay period by period until they leave', () => {
    expect(started.size).toBeGreaterThan(30);
    const ends = new Map(of('subscription.cancelled').map(({ data }) => [data.subscriptionId, data.endsOn!]));
    expect(share(ends.size, started.size)).toBeGreaterThan(0.2);
    expect(share(ends.size, started.size)).toBeLessThan(0.9);
    for (const { data, subject, time } of of('subscription.renewed')) {
      const start = started.get(data.subscriptionId)!;
      expect([start.subject, start.time < time]).toEqual([subject, true]);
      expect(data.periodFrom < (ends.get(data.subscriptionId) ?? '9999')).toBe(true);
    }
  });

  it('are renewed on the same day of each month, the last one where it has no such day', () => {
    expect(new Date(monthsLater(Date.UTC(2026, 0, 31, 8), 1)).toISOString()).toBe('2026-02-28T08:00:00.000Z');
    expect(new Date(monthsLater(Date.UTC(2026, 0, 31, 8), 2)).toISOString()).toBe('2026-03-31T08:00:00.000Z');
  });
});

describe('playing it', () => {
  it('makes events in little more time than it takes to write and read them', () => {
    /** Of the processor's time: other programs don't count, and how quick a machine is counts for both. */
    const timeOf = (work: () => void): number => {
      const began = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(began);
      return user + system;
    };
    let events: SimulatedEvent[] = [];
    const making = timeOf(() => (events = [...simulate({ seed: 'speed', customers: 1000, to })]));
    const copying = timeOf(() => void JSON.parse(JSON.stringify(events)));
    // Three times as much; one look too many at all events for each of them makes it hundreds.
    expect(making / copying).toBeLessThan(20);
  });

  it('needs no more than the first event to give it', () => {
    const [first] = simulate({ customers: 1_000_000, to });
    expect(first!.type).toBe('product.listed');
  });

  it('cuts it into batches and loses none', () => {
    expect([...batches([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
    expect([...batches([], 2)]).toEqual([]);
    expect(() => [...batches([1], 0)]).toThrow(RangeError);
  });

  it('works for a single day, and for nobody', () => {
    const day = { from: new Date('2026-02-28T12:00:00Z'), to };
    expect([...simulate({ ...day, customers: 50 })].some(({ type }) => type === 'page.viewed')).toBe(true);
    const things = new Set(
      [...simulate({ ...day, customers: 0 })].map(({ subject }) => subject.split(':')[0]),
    );
    expect([...things].sort()).toEqual(['currency', 'product', 'setting']);
  });

  it('refuses options that make no sense', () => {
    expect(() => [...simulate({ from: to, to })]).toThrow('from must be a date before to');
    expect(() => [...simulate({ customers: 1.5, to })]).toThrow('customers must be a whole number');
    expect(() => [...simulate({ to: new Date('never') })]).toThrow(RangeError);
  });
});
