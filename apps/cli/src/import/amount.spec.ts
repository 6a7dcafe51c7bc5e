import { addDecimals, multiplyDecimals } from '@perennial/read-models';
import fc from 'fast-check';
import { inCurrency, shareOut } from './amount.js';

it.each([
  ['2.1', 'GBP', '2.10'],
  ['7', 'EUR', '7.00'],
  ['0.125', 'GBP', '0.125'],
  ['500', 'JPY', '500'],
  ['5', 'what?', '5.00'],
])('writes %s %s as %s', (decimal, currency, written) => expect(inCurrency(decimal, currency)).toBe(written));

it('shares amounts out to the last digit, over whole pieces', () => {
  fc.assert(
    fc.property(fc.bigInt(-1_000_000_000_000n, 1_000_000_000_000n), fc.bigInt(1n, 5000n), (cents, pieces) => {
      const amount = multiplyDecimals(cents.toString(), '0.01');
      const parts = shareOut(amount, pieces.toString());
      const sum = parts
        .map(({ quantity, price }) => multiplyDecimals(quantity, price))
        .reduce(addDecimals, '0');
      expect(multiplyDecimals(sum, '1')).toBe(amount);
      expect(parts.reduce((all, { quantity }) => all + BigInt(quantity), 0n)).toBe(pieces);
      expect(parts.length).toBeLessThanOrEqual(2);
    }),
  );
});
