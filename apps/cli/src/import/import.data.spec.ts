import { addDecimals } from '@perennial/read-models';
import { describeWith, publicData } from '@perennial/testing';
import { loadMapping } from './mapping.js';
import { OrderFile, type Rejection } from './order-file.js';

const cdnow = 'cdnow/CDNOW_master.txt.gz';
const cdnowSample = 'cdnow/CDNOW_sample.txt';
const onlineRetail = 'online-retail/online_retail.csv.gz';

/** All that a file's events say, added up. */
async function sums(file: string, mapping: string) {
  const orders = { count: 0, amount: '0', pieces: 0, first: '9', last: '', ids: new Set<string>() };
  const identified = { customers: new Set<string>(), orders: 0, sold: '0', returns: 0, refunded: '0' };
  const anonymous = { orders: 0, returns: 0 };
  const customers = new Set<string>();
  const products = new Map<string, Set<string>>();
  const rejected = new Map<string, Rejection[]>();
  const ids = new Set<string>();
  const orderFile = await OrderFile.open(publicData(file), loadMapping(mapping), {
    now: new Date('2026-01-01'),
  });
  for await (const { event, rejection } of orderFile.items()) {
    if (rejection) {
      rejected.set(rejection.code, [...(rejected.get(rejection.code) ?? []), rejection]);
      continue;
    }
    if (ids.has(event.id)) throw new Error(`${event.id} comes twice.`);
    ids.add(event.id);
    if (event.type === 'product.listed') {
      products.set(event.data.sku, (products.get(event.data.sku) ?? new Set()).add(event.data.name));
      continue;
    }
    customers.add(event.subject);
    const known = event.subject.startsWith('user:');
    if (known) identified.customers.add(event.subject);
    if (event.type === 'order.placed') {
      orders.count++;
      orders.amount = addDecimals(orders.amount, event.data.total.amount);
      for (const { quantity } of event.data.lines) orders.pieces += quantity;
      if (event.time < orders.first) orders.first = event.time;
      if (event.time > orders.last) orders.last = event.time;
      if (known) identified.orders++;
      else anonymous.orders++;
      if (known) identified.sold = addDecimals(identified.sold, event.data.total.amount);
    } else {
      if (known) identified.returns++;
      else anonymous.returns++;
      if (known) identified.refunded = addDecimals(identified.refunded, event.data.refund.amount);
    }
  }
  return { orders, identified, anonymous, customers, products, rejected, lines: orderFile.lines, ids };
}

describeWith(cdnow)('CDNOW', () => {
  it('is 69,659 orders of 23,570 customers, to the cent', async () => {
    const { orders, customers, rejected, products } = await sums(cdnow, 'cdnow');
    expect(customers.size).toBe(23_570);
    expect(orders).toMatchObject({ count: 69_659, amount: '2500315.63', pieces: 167_881 });
    expect([orders.first, orders.last]).toEqual(['1997-01-01T00:00:00.000Z', '1998-06-30T00:00:00.000Z']);
    expect(rejected.size).toBe(0);
    expect([...products.keys()]).toEqual(['CD']);
  });
});

describeWith(cdnowSample)("CDNOW's sample", () => {
  it('is a tenth of the customers, with the same orders', async () => {
    const sample = await sums(cdnowSample, 'cdnow-sample');
    expect(sample.customers.size).toBe(2_357);
    expect(sample.orders).toMatchObject({ count: 6_919, amount: '244091.94' });
    const master = await sums(cdnow, 'cdnow');
    expect([...sample.ids].filter((id) => !master.ids.has(id))).toEqual([]);
  });
});

describeWith(onlineRetail)('Online Retail', () => {
  let all: Awaited<ReturnType<typeof sums>>;
  beforeAll(async () => (all = await sums(onlineRetail, 'online-retail')), 240_000);

  it('is read to the last line', () => expect(all.lines).toBe(541_909));

  it('has the orders and returns of 4,372 identified customers, to the thousandth of a pound', () => {
    expect(all.identified).toMatchObject({
      orders: 18_536,
      sold: '8911407.904',
      returns: 3_654,
      refunded: '611342.09',
    });
    expect(all.identified.customers.size).toBe(4_372);
  });

  it('keeps invoices without a customer as orders of anonymous customers', () => {
    // 22,061 invoices of sales less 1,336 that only correct the stock; 3,836 cancellations
    expect(all.orders.count).toBe(22_061 - 1_336);
    expect(all.anonymous).toEqual({ orders: 22_061 - 1_336 - 18_536, returns: 3_836 - 3_654 });
  });

  it('rejects stock corrections and bad-debt adjustments, each with its line and reason', () => {
    const count = ([code, lines]: [string, Rejection[]]) => [code, lines.length];
    expect([...all.rejected].map(count).sort()).toEqual([
      ['bad-debt-adjustment', 3],
      ['stock-correction', 1_336],
    ]);
    const rejections = [...all.rejected.values()].flat();
    expect(new Set(rejections.map(({ reference }) => reference)).size).toBe(1_339);
    for (const { reference, message } of rejections) {
      expect(reference).toMatch(/^line \d+$/);
      expect(message).not.toBe('');
    }
  });

  it('lists products by name, one code in whatever case', () => {
    expect(all.products.get('85123A')).toContain('WHITE HANGING HEART T-LIGHT HOLDER');
    expect(all.products.has('85123a')).toBe(false);
    for (const charge of ['POST', 'DOT', 'C2', 'M', 'BANK CHARGES', 'AMAZONFEE', 'GIFT_0001_20']) {
      expect(all.products.has(charge)).toBe(false);
    }
    expect(all.products.has('DCGSSGIRL')).toBe(true);
  });
});
