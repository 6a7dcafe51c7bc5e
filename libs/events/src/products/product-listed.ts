import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Instant, Money, Sku, Text } from '../schemas.js';

const Address = (description: string) => Type.String({ format: 'uri', maxLength: 2000, description });

/** A product is on sale, with all that is known of it; the latest listing holds. */
export const productListed = eventType('product.listed', {
  version: 1,
  description: 'A product is on sale, with all that is known of it. The latest listing of a product holds.',
  data: Fields({
    sku: Sku(),
    name: Text({ maxLength: 500, description: 'Name as customers read it.' }),
    category: Type.Optional(Text({ maxLength: 500, description: 'Category; levels parted by " / ".' })),
    brand: Type.Optional(Text({ description: 'Brand or maker.' })),
    price: Type.Optional(Money({ description: 'Price of one piece.' })),
    imageUrl: Type.Optional(Address('Address of a picture.')),
    url: Type.Optional(Address('Address of the product page.')),
    releasedAt: Type.Optional(Instant({ description: 'When it came, or comes, on the market.' })),
  }),
  subject: 'product:lamp',
  example: {
    sku: 'lamp',
    name: 'Desk lamp',
    category: 'Home / Lights',
    brand: 'Lumen',
    price: { amount: '29.90', currency: 'EUR' },
    url: 'https://shop.example/lamp',
    releasedAt: '2026-02-01T00:00:00Z',
  },
});
