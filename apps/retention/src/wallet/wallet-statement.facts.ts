import { EventKey, FactTable, facts, multiplyDecimals, SubjectKey, Value } from '@perennial/read-models';

/** Statements are kept one by one: which one counts depends on the day that is asked for. */
@FactTable('wallet_statement', {
  comment: 'One row a statement of what a customer spends in a category with all suppliers together.',
})
export class WalletStatement {
  @SubjectKey('identifier that it was stated of; joins "subject"') subjectId!: string;
  @EventKey() eventId!: string;
  @Value('timestamptz', 'when it was stated') statedAt!: string;
  @Value('text', 'category of products; it holds for all levels below') category!: string;
  @Value('numeric', 'what is spent in a year') annualSpend!: string;
  @Value('text', 'currency of it: ISO 4217 code') currency!: string;
  @Value('text', 'declared: by the customer; estimated: by somebody else') basis!: string;
  @Value('text', 'where it comes from') source!: string;
  @Value('numeric', 'how sure the source is of it: above 0, at most 1') confidence!: string;
}

const periodsOfYear = { month: '12', quarter: '4', year: '1' } as const;

export const walletStatements = facts(WalletStatement, {
  'wallet.declared': ({ data: { category, spend, period, basis, source, confidence }, time }) => ({
    statedAt: time,
    category,
    annualSpend: multiplyDecimals(spend.amount, periodsOfYear[period]),
    currency: spend.currency,
    basis,
    source,
    confidence: confidence.toFixed(4),
  }),
});
