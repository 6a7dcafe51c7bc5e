import { Field } from '@perennial/service';

export class Wallet {
  @Field.text({ description: 'Category, with all levels below it.', example: 'Home / Lights' })
  category!: string;
  @Field.text({ description: 'Day as of which is computed.', example: '2026-03-31' }) asOf!: string;
  @Field.text({ description: 'The reporting currency: that of all amounts.', nullable: true })
  currency!: string | null;
  @Field.decimal({ description: 'What the customer spends in a year with all suppliers.', nullable: true })
  wallet!: string | null;
  @Field.decimal({ description: 'What it bought with us in the year up to asOf.' }) spend!: string;
  @Field.decimal({ description: 'spend divided by wallet, at most 1.', nullable: true }) share!:
    string | null;
  @Field.decimal({ description: 'wallet less spend, at least 0.', nullable: true }) headroom!: string | null;
  @Field.decimal({ description: 'headroom times confidence.', nullable: true }) sureHeadroom!: string | null;
  @Field.boolean({ description: 'More was bought with us than the statement says is spent.', nullable: true })
  exceeded!: boolean | null;
  @Field.oneOf({ description: 'By the customer, or by somebody else.', values: ['declared', 'estimated'] })
  basis!: string;
  @Field.text({ description: 'Where the statement comes from.' }) source!: string;
  @Field.decimal({ description: 'How sure the source is: above 0, at most 1.' }) confidence!: string;
  @Field.text({ description: 'Day of the statement.' }) statedOn!: string;
}

export class WalletStatementAnswer {
  @Field.text({ description: 'Category, with all levels below it.' }) category!: string;
  @Field.decimal({ description: 'What is spent in a year.' }) annualSpend!: string;
  @Field.text({ description: 'Currency of it.' }) currency!: string;
  @Field.text({ description: 'declared or estimated.' }) basis!: string;
  @Field.text({ description: 'Where it comes from.' }) source!: string;
  @Field.decimal({ description: 'How sure the source is.' }) confidence!: string;
  @Field.time({ description: 'When it was stated.' }) statedAt!: Date;
}

export class CustomerWallets {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.object({
    description: 'By category, by the statements that are used.',
    of: () => Wallet,
    list: true,
  })
  wallets!: Wallet[];
  @Field.object({
    description: 'All statements, the latest first.',
    of: () => WalletStatementAnswer,
    list: true,
  })
  statements!: WalletStatementAnswer[];
}

export class ListedWallet extends Wallet {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
}

export class CategoryWallets {
  @Field.text({ description: 'Category, with all levels below it.' }) category!: string;
  @Field.text({ description: 'The reporting currency.', nullable: true }) currency!: string | null;
  @Field.integer({ description: 'Customers of whom a wallet was stated.' }) customers!: number;
  @Field.decimal({ description: 'What they spend in a year with all suppliers.' }) wallet!: string;
  @Field.decimal({ description: 'What they bought with us.' }) spend!: string;
  @Field.decimal({ description: 'spend divided by wallet, at most 1.', nullable: true }) share!:
    string | null;
  @Field.decimal({ description: 'Their headroom.' }) headroom!: string;
  @Field.decimal({ description: 'Their headroom, each times its confidence.' }) sureHeadroom!: string;
}
