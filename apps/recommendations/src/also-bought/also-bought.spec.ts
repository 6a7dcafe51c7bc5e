import {
  event,
  givenReadModels,
  type GivenEvent,
  cancelled,
  changed,
  line,
  ordered,
} from '@perennial/testing';
import fc from 'fast-check';
import { recommendations } from '../recommendations.read-models.js';
import { Item } from './item.aggregate.js';
import { ItemPair } from './item-pair.aggregate.js';

const [ann, bob, cid] = ['user:ann', 'user:bob', 'user:cid'];

describe('Products bought together', () => {
  const { given, subject } = givenReadModels(recommendations);

  it('are counted by order, alone and in pairs', async () => {
    const orders = [ordered('A-1', ann, 'lamp', 'desk', 'pen'), ordered('B-1', bob, 'Desk', 'Lamp')];
    await given(...orders).thenRows(Item, [
      { sku: 'LAMP', baskets: 2 },
      { sku: 'DESK', baskets: 2 },
      { sku: 'PEN', baskets: 1 },
    ]);
    await given(...orders).thenRows(ItemPair, [
      { sku_a: 'DESK', sku_b: 'LAMP', baskets: 2 },
      { sku_a: 'DESK', sku_b: 'PEN', baskets: 1 },
      { sku_a: 'LAMP', sku_b: 'PEN', baskets: 1 },
    ]);
  });

  it('are not counted when the order is cancelled, and as changed when it is changed', () =>
    given(
      ordered('A-1', ann, 'lamp', 'desk'),
      cancelled('A-1', ann),
      ordered('B-1', bob, 'lamp', 'desk'),
      changed('B-1', bob, 'lamp', 'pen'),
    ).thenRows(ItemPair, [{ sku_a: 'LAMP', sku_b: 'PEN', baskets: 1 }]));

  it('tell what customers also bought, with lift and a reason, in both directions', async () => {
    // Four orders: lamp in 2, bulb in 2, together in 2. By chance it would be 2 * 2 / 4 = 1.
    const orders = [
      ordered('A-1', ann, line('lamp', { name: 'Desk lamp' }), line('bulb', { name: 'Light bulb' })),
      ordered('B-1', bob, 'lamp', 'bulb', 'pen'),
      ordered('C-1', cid, 'pen'),
      ordered('C-2', cid, 'pen'),
    ];
    const reason = 'bought together in 2 orders; 2.0 times as often as chance';
    const counts = { baskets_together: 2, baskets: 2, also_baskets: 2, lift: 2, reason };
    await given(...orders).thenRows('also_bought', [
      { sku: 'LAMP', name: 'Desk lamp', also_sku: 'BULB', also_name: 'Light bulb', ...counts },
      { sku: 'BULB', name: 'Light bulb', also_sku: 'LAMP', also_name: 'Desk lamp', ...counts },
    ]);
    // cosine 2 / sqrt(2 * 2) = 1, shrunk by 2 / (2 + 10)
    const [row] = await subject.rows('also_bought');
    expect(row?.score).toBeCloseTo(2 / 12, 12);
  });

  it('know what is off sale', () =>
    given(
      ordered('A-1', ann, 'lamp', 'bulb'),
      ordered('B-1', bob, 'lamp', 'bulb'),
      event('product.withdrawn', 'product:bulb', { sku: 'bulb' }),
    ).thenRow('also_bought', { sku: 'LAMP', also_sku: 'BULB', also_on_sale: false }));

  it('are counted exactly, whatever is ordered, changed and cancelled in whatever sequence', async () => {
    const products = fc.subarray(['lamp', 'desk', 'pen', 'bulb', 'cup'], { minLength: 1 });
    const history = fc.array(
      fc.record({
        products,
        change: fc.option(products, { nil: undefined }),
        cancel: fc.boolean(),
        customer: fc.constantFrom(ann, bob, cid),
      }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(history, async (orders) => {
        const events = orders.flatMap(({ products, change, cancel, customer }, index): GivenEvent[] => [
          ordered(`A-${index}`, customer, ...products),
          ...(change ? [changed(`A-${index}`, customer, ...change)] : []),
          ...(cancel ? [cancelled(`A-${index}`, customer)] : []),
        ]);
        const counted = new Map<string, number>();
        for (const { products, change, cancel } of orders)
          for (const a of change ?? products)
            for (const b of change ?? products)
              if (a < b && !cancel) {
                const key = `${a} ${b}`.toUpperCase();
                counted.set(key, (counted.get(key) ?? 0) + 1);
              }
        const rows = [...counted].map(([key, baskets]) => {
          const [sku_a, sku_b] = key.split(' ');
          return { sku_a, sku_b, baskets };
        });
        await given(...events).thenRows(ItemPair, rows);
      }),
      { numRuns: 8 },
    );
  });
});
