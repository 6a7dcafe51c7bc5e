import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { AsOf, AsOfQuery, dayOf, lastOrderDay } from '../moments/as-of.js';
import { amountKeyOf } from '../purchases/amount.cursor.js';
import { shareOfWalletSql } from './share-of-wallet.view.js';
import {
  CategoryWallets,
  CustomerWallets,
  ListedWallet,
  type Wallet,
  type WalletStatementAnswer,
} from './wallet.answers.js';

class WalletsPage extends PageOf(ListedWallet) {}

class WalletsQuery extends PageQuery {
  @AsOf() asOf?: string;
  @Field.text({ description: 'Only this category.', maxLength: 500, optional: true }) category?: string;
}

/** With the day in $1. */
const wallets = shareOfWalletSql(`coalesce($1::date, ${lastOrderDay})`);

const columns = `category, as_of::text as "asOf", currency, wallet::text, spend::text, share::text, headroom::text,
  sure_headroom::text as "sureHeadroom", exceeded, basis, source, confidence::text, stated_on::text as "statedOn"`;

@Controller('api/retention')
@Allow('reader')
export class WalletController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** Customers by what there is to win: headroom times confidence, the most first. */
  @Get('wallets')
  @Answers(WalletsPage)
  async list(@Query() { limit, after, asOf, category }: WalletsQuery) {
    const rows = await this.retention.query<ListedWallet[]>(
      `select customer_id as "customerId", ${columns} from (${wallets}) w
        where ($2::text is null or category = $2)
          and ($3::numeric is null or (coalesce(w.sure_headroom, -1), customer_id, category) < ($3::numeric, $4::uuid, $5))
        order by coalesce(w.sure_headroom, -1) desc, customer_id desc, category desc limit $6`,
      [dayOf(asOf), category ?? null, ...amountKeyOf(after, /^[^\0]+$/), limit + 1],
    );
    return pageOf(rows, limit, ({ sureHeadroom, customerId, category: of }) => [
      sureHeadroom ?? '-1',
      customerId,
      of,
    ]);
  }

  /** What there is to win in each category, of the customers of whom a wallet was stated. */
  @Get('wallets/categories')
  @Answers([CategoryWallets])
  categories(@Query() { asOf }: AsOfQuery): Promise<CategoryWallets[]> {
    return this.retention.query<CategoryWallets[]>(
      `select category, max(currency) as currency, count(*)::int as customers, sum(wallet)::text as wallet,
              sum(spend)::text as spend, round(least(sum(spend) / nullif(sum(wallet), 0), 1), 4)::text as share,
              sum(headroom)::text as headroom, sum(sure_headroom)::text as "sureHeadroom"
         from (${wallets}) w where wallet is not null group by category order by sum(sure_headroom) desc, category`,
      [dayOf(asOf)],
    );
  }

  /** One customer's share of wallet, with all statements that were made. */
  @Get('customers/:id/wallets')
  @Answers(CustomerWallets)
  async ofCustomer(
    @Param('id', ParseUUIDPipe) id: string,
    @Query() { asOf }: AsOfQuery,
  ): Promise<CustomerWallets> {
    const customerId = await currentCustomer(this.retention, id);
    const used = await this.retention.query<Wallet[]>(
      `select ${columns} from (${wallets}) w where customer_id = $2 order by category`,
      [dayOf(asOf), customerId],
    );
    const statements = await this.retention.query<WalletStatementAnswer[]>(
      `select category, annual_spend::text as "annualSpend", currency, basis, source, confidence::text,
              stated_at as "statedAt"
         from wallet_statement join subject using (subject_id)
        where customer_id = $1 order by stated_at desc, event_id desc`,
      [customerId],
    );
    return { customerId, wallets: used, statements };
  }
}
