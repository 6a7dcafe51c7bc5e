import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadMapping } from './mapping.js';
import type { Mapping } from './mapping.schema.js';
import { OrderFile, type Item, type OrderFileOptions } from './order-file.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'perennial-import-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shop: Mapping = {
  description: 'a shop',
  source: '/import/shop',
  format: { kind: 'csv', columns: ['no', 'sku', 'name', 'pieces', 'price', 'at', 'customer'] },
  time: { value: '{at}', format: 'rfc3339', zone: 'UTC' },
  currency: 'EUR',
  subject: 'user:{customer}',
  order: { id: '{no}', lines: 'many', within: 2 },
  line: { sku: '{sku}', name: '{name}', quantity: '{pieces}', price: '{price}' },
  rules: [{ when: { no: { matches: '^C' } }, as: 'return' }],
};
const header = 'no,sku,name,pieces,price,at,customer';
const line = (no: string, sku = 'lamp', customer = 'ann', price = '10.00') =>
  `${no},${sku},The ${sku},1,${price},2026-03-01T12:00:00Z,${customer}`;

async function items(content: string | Buffer, mapping = shop, options: Partial<OrderFileOptions> = {}) {
  const name = join(folder, 'orders');
  writeFileSync(name, content);
  const file = await OrderFile.open(name, mapping, { now: new Date('2026-06-01'), ...options });
  const all: Item[] = [];
  for await (const item of file.items()) all.push(item);
  return all;
}

const csv = (...lines: string[]) => [header, ...lines].join('\n');
const idsOf = (all: Item[]) =>
  all.flatMap(({ event }) => (event && event.type !== 'product.listed' ? [event.id] : []));
const rejections = (all: Item[]) =>
  all.flatMap(({ rejection }) => (rejection ? [`${rejection.reference}: ${rejection.code}`] : []));
/** Of each order: the sum, and the codes of its lines. */
const orders = (all: Item[]) =>
  all.flatMap(({ event }) =>
    event?.type === 'order.placed'
      ? [
          `${event.data.orderId} ${event.data.total.amount} ${event.data.lines.map(({ sku }) => sku).join(' ')}`,
        ]
      : [],
  );

describe('lines of one invoice', () => {
  it('are one order, also with other lines between them', async () => {
    const all = await items(csv(line('1', 'lamp'), line('2', 'bulb'), line('1', 'desk', 'ann', '5.125')));
    expect(orders(all).sort()).toEqual(['1 15.125 lamp desk', '2 10.00 bulb']);
    expect(rejections(all)).toEqual([]);
  });

  it('that come too late are rejected, not lost and not another order', async () => {
    const all = await items(csv(line('1'), line('2'), line('3'), line('4'), line('1', 'desk')));
    expect(idsOf(all)).toEqual(['order/1', 'order/2', 'order/3', 'order/4']);
    expect(rejections(all)).toEqual(['line 6: late-line']);
  });

  it('of two customers are not put together', async () => {
    const all = await items(csv(line('1'), line('1', 'desk', 'bob')));
    expect(orders(all)).toEqual(['1 10.00 lamp']);
    expect(rejections(all)).toEqual(['line 3: different-customer']);
  });

  it('that are cancelled are a return', async () => {
    const [listed, placed, returned] = await items(csv(line('1'), line('C1').replace(',1,', ',-1,')));
    expect(listed?.event).toMatchObject({ type: 'product.listed', data: { sku: 'lamp', name: 'The lamp' } });
    expect(placed?.event).toMatchObject({ type: 'order.placed', id: 'order/1' });
    expect(returned?.event).toMatchObject({
      type: 'order.returned',
      id: 'return/C1',
      data: {
        returnId: 'C1',
        refund: { amount: '10.00', currency: 'EUR' },
        lines: [{ sku: 'lamp', quantity: 1 }],
      },
    });
  });

  it('that make no order are rejected together, with the event that can be corrected', async () => {
    const all = await items(csv(line('1', 'voucher', 'ann', '-3'), line('1', 'lamp', 'ann', '1'), line('2')));
    expect(rejections(all)).toEqual(['lines 2, 3: schema-violation']);
    expect(all.find(({ rejection }) => rejection)?.rejection?.body).toMatchObject({ id: 'order/1' });
    expect(orders(all)).toEqual(['2 10.00 lamp']);
  });
});

describe('lines that are orders', () => {
  const single: Mapping = { ...shop, order: { id: '{customer}-{at}', lines: 'one' } };

  it('stay two when they are equal', async () => {
    const all = await items(csv(line('1'), line('1'), line('2')), single);
    expect(idsOf(all)).toEqual([1, 2, 3].map((n) => `order/ann-2026-03-01T12:00:00Z${n > 1 ? `/${n}` : ''}`));
  });

  it('have the same ids each time', async () => {
    const content = csv(line('1'), line('1'), line('2'));
    expect(await items(content, single)).toEqual(await items(gzipSync(content), single));
  });
});

it('goes on after bad lines and names each', async () => {
  const all = await items(csv(line('1'), 'short,line', line('2', 'lamp', 'ann', 'free'), '', line('3')));
  expect(rejections(all)).toEqual(['line 3: wrong-columns', 'line 4: invalid-price']);
  expect(idsOf(all)).toEqual(['order/1', 'order/3']);
});

it('keeps the number of a line behind values that go over several lines', async () => {
  const long = line('1').replace('The lamp', '"The\nlamp, ""big"""');
  expect(rejections(await items(csv(long, '', 'short', line('2'))))).toEqual(['line 5: wrong-columns']);
});

it('reads columns in any order, with others among them, after a byte order mark and with Windows line ends', async () => {
  const swap = (text: string) => ['x', ...text.split(',').reverse()].join(';');
  const content = `\ufeff${[header, line('1')].map(swap).join('\r\n')}\r\n`;
  const mapping: Mapping = {
    ...shop,
    format: { ...shop.format, kind: 'csv', delimiter: ';' } as Mapping['format'],
  };
  expect(orders(await items(content, mapping))).toEqual(['1 10.00 lamp']);
});

it('reads columns at fixed places, in another encoding', async () => {
  const mapping: Mapping = {
    ...shop,
    format: {
      kind: 'fixed',
      header: false,
      encoding: 'windows-1252',
      columns: [
        { name: 'no', start: 1, width: 3 },
        { name: 'name', start: 5, width: 4 },
        { name: 'at', start: 9, width: 8 },
      ],
    },
    time: { value: '{at}', format: 'yyyyMMdd', zone: 'UTC' },
    subject: 'user:{no}',
    line: { sku: '{name}', name: '{name}', price: '7' },
  };
  const [listed, placed] = await items(Buffer.from(' 12 T\u00fcr 20260301\n', 'latin1'), mapping);
  expect(listed?.event?.data).toMatchObject({ name: 'Tür' });
  expect(placed?.event).toMatchObject({ subject: 'user:12', time: '2026-03-01T00:00:00.000Z' });
});

it('lists a product once for each name', async () => {
  const all = await items(csv(line('1'), line('2'), line('3').replace('The lamp', 'Desk lamp')));
  const names = all.flatMap(({ event }) => (event?.type === 'product.listed' ? [event.data.name] : []));
  expect(names).toEqual(['The lamp', 'Desk lamp']);
});

it('reads the orders that begin in the first lines, whole', async () => {
  const content = csv(line('1'), line('2'), line('1', 'desk'), line('3'), line('2', 'desk'), line('4'));
  expect(orders(await items(content, shop, { limit: 2 })).sort()).toEqual([
    '1 20.00 lamp desk',
    '2 20.00 lamp desk',
  ]);
});

describe('a file that can not be read', () => {
  const cut = (content: string, share: number) => {
    const packed = gzipSync(content);
    return packed.subarray(0, Math.floor(packed.length * share));
  };
  const damaged = (content: string) => {
    const packed = gzipSync(content);
    return packed.fill(0xff, 10_000, 10_050);
  };
  const many = csv(...Array.from({ length: 5_000 }, (_, n) => line(`${n}`, `sku${(n * 7919) % 1000}`)));

  it.each<[string, string | Buffer, RegExp]>([
    ['empty', '', /is empty\.$/],
    ['without lines', header, /no lines but its header/],
    ['with other columns', 'a,b\n1,2', /line 1 has no column no, sku/],
    ['a ZIP archive', 'PK\u0003\u0004', /ZIP archive or an Excel file/],
    ['binary', Buffer.from([1, 2, 0, 3]), /is a binary file/],
    [
      'of another encoding',
      Buffer.concat([Buffer.from(`${header}\n`), Buffer.from([0xe9, 0x20])]),
      /not utf-8: line 2/,
    ],
    ['cut off', cut(many, 0.5), /cut off after line \d{3,4}: the gzip file ends too early/],
    ['damaged', damaged(many), /damaged after line \d+/],
    ['with an open quote', csv(line('1'), `"${line('2')}`, line('3')), /from line 3 on: a quote is opened/],
  ])('says so: %s', async (_, content, message) => {
    await expect(items(content)).rejects.toThrow(message);
  });

  it('says so: not there', async () => {
    const opening = OrderFile.open(join(folder, 'nowhere'), shop, { now: new Date() });
    await expect(opening).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('There is no file'),
    });
  });

  it('says so: with other columns and no header', async () => {
    await expect(items(' 1 2 3\n', loadMapping('cdnow-sample'))).rejects.toThrow('line 1 has 3 columns');
  });
});
