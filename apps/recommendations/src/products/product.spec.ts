import { event, givenReadModels, line, ordered } from '@perennial/testing';
import { recommendations } from '../recommendations.read-models.js';
import { Product } from './product.facts.js';

const [morning, noon, evening] = ['08', '12', '20'].map((hour) => `2026-03-01T${hour}:00:00.000Z`);
const listed = (sku: string, name: string, time?: string, category?: string) =>
  event('product.listed', `product:${sku}`, { sku, name, category }, { time });
const withdrawn = (sku: string, time?: string) =>
  event('product.withdrawn', `product:${sku}`, { sku }, { time });

describe('A product', () => {
  const { given } = givenReadModels(recommendations);

  it('is what its latest listing says, and no more', () =>
    given(listed('lamp', 'Lamp', morning, 'Lights'), listed('lamp', 'Desk lamp', noon)).thenRows(Product, [
      { sku: 'LAMP', code: 'lamp', name: 'Desk lamp', category: null, on_sale: true },
    ]));

  it('is one, though its code is spelt in two cases', () =>
    given(listed('85123a', 'White heart', morning), listed('85123A', 'White heart holder', noon)).thenRows(
      Product,
      [{ sku: '85123A', code: '85123A', name: 'White heart holder' }],
    ));

  it('is off sale once it is withdrawn', () =>
    given(listed('lamp', 'Lamp', morning), withdrawn('lamp', noon)).thenRows(Product, [{ on_sale: false }]));

  it('is on sale again when it is listed again', () =>
    given(listed('lamp', 'Lamp', morning), withdrawn('lamp', noon), listed('lamp', 'Lamp', evening)).thenRows(
      Product,
      [{ on_sale: true }],
    ));

  it('is off sale when only its withdrawal is known', () =>
    given(withdrawn('lamp')).thenRows(Product, [{ name: 'LAMP', on_sale: false }]));

  it('is called as orders sold it until a listing names it', async () => {
    const sold = ordered('A-1', 'user:ann', line('lamp', { name: 'A lamp' }), line('pen'));
    await given(sold).thenRows(Product, [{ sku: 'LAMP', name: 'A lamp', on_sale: true }]);
    await given(sold, listed('lamp', 'Desk lamp')).thenRow(Product, { sku: 'LAMP', name: 'Desk lamp' });
  });

  it('is listed for analysts whether it was bought or not', () =>
    given(listed('lamp', 'Desk lamp'), ordered('A-1', 'user:ann', 'pen')).thenRows('products', [
      { sku: 'LAMP', name: 'Desk lamp', baskets: 0 },
      { sku: 'PEN', name: 'PEN', baskets: 1, on_sale: true },
    ]));
});
