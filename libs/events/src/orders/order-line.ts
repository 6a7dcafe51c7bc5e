import { Type } from 'typebox';
import { Fields, Money, Quantity, Sku, Text } from '../schemas.js';

/** Unique across the sources that report orders. */
export const OrderId = () =>
  Text({ description: 'The order; unique across the sources that report orders.' });

/** What was ordered, line by line. */
export const OrderLines = () =>
  Type.Array(
    Fields({
      sku: Sku(),
      name: Type.Optional(Text({ maxLength: 500, description: 'Product name as sold.' })),
      category: Type.Optional(Text({ maxLength: 500, description: 'Category of the product.' })),
      brand: Type.Optional(Text({ description: 'Brand or maker.' })),
      quantity: Quantity(),
      price: Money({ negative: true, description: 'Price of one piece; below zero only for a discount.' }),
      charge: Type.Optional(
        Type.Literal(true, { description: 'The line is postage, a fee or a voucher: not a product.' }),
      ),
    }),
    { minItems: 1, maxItems: 2000, description: 'What was ordered.' },
  );
