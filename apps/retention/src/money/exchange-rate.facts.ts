import { FactTable, facts, Key, Latest } from '@perennial/read-models';

@FactTable('exchange_rate', {
  comment: 'One row a pair of currencies and day on which a rate was published; what was stated last of it.',
})
export class ExchangeRate {
  @Key('text', 'currency of which one unit is priced: ISO 4217 code') base!: string;
  @Key('text', 'currency in which it is priced') quote!: string;
  @Key('date', 'first day on which the rate holds') day!: string;
  @Latest('numeric', 'units of quote for one unit of base') rate?: string;
  @Latest('text', 'who published it') provider?: string | null;
}

export const exchangeRates = facts(ExchangeRate, {
  'exchange.rate.published': ({ data: { base, quote, day, rate, provider } }) =>
    base === quote ? undefined : { base, quote, day, rate, provider: provider ?? null },
});
