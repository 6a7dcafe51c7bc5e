import type pg from 'pg';
import { knownFacts, type Known } from '../moments/known-facts.js';
import { conversions, converted, convertsOn } from '../money/conversion.view.js';
import { readRows } from '../scores/binary-copy.js';
import { reportingIn, viewsOf, type ValueBasis } from '../scores/customer-value.js';
import { BANDS, NO_BAND } from '../scores/statistics.js';
import { subscriptionTerms } from './subscriptions.view.js';

/** In place of the day on which a subscription ends: nobody gave notice. */
export const NEVER = 0x7fffffff;

/** One subscription as the model of renewals sees it. Days are counted from 1970; values are in the reporting currency. */
export interface Contract {
  startedDay: number;
  /** Day from which it is no more, or `NEVER`. */
  endsDay: number;
  /** Renewals that were reported, and the first day of the period of the latest one, or of the first period. */
  reportedRenewals: number;
  renewedDay: number;
  periodDays: number;
  /** What one period is worth. */
  fee: number;
  /** What the first period and the renewals that were reported were worth. */
  paid: number;
}

/** Contracts of customers, those of one customer beside each other: one row a contract, in columns. */
export type Contracts = { readonly [Column in keyof Contract]: ArrayLike<number> } & {
  readonly size: number;
  /** Sixteen bytes a contract: its customer. */
  readonly customerId: Buffer;
  /** Eight bytes a contract: a hash of its number. */
  readonly numberHash: Buffer;
  /** Day of the latest thing that was said of it: no score is as of an earlier one. */
  readonly knownDay: ArrayLike<number>;
  /** Number of the band that was announced last for the customer, or `NO_BAND`. */
  readonly announced: ArrayLike<number>;
};

export const contractAt = (contracts: Contracts, row: number): Contract => ({
  startedDay: contracts.startedDay[row]!,
  endsDay: contracts.endsDay[row]!,
  reportedRenewals: contracts.reportedRenewals[row]!,
  renewedDay: contracts.renewedDay[row]!,
  periodDays: contracts.periodDays[row]!,
  fee: contracts.fee[row]!,
  paid: contracts.paid[row]!,
});

/** SQL: the condition on `customer_id` that somebody has, or had, a subscription; by a table of what was agreed, if there is one. */
export const isSubscriber = (agreed?: string): string =>
  `customer_id in (select customer_id from ${agreed ?? 'subscription join subject using (subject_id) where started_at is not null'})`;

/** Whether anybody ever subscribed: where nobody did, nothing is asked about subscriptions. */
export async function hasSubscribers(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query('select from subscription where started_at is not null limit 1');
  return rowCount === 1;
}

/** SQL: the condition on rows of identifiers that follows from one on customers, to find some of them by their index. */
const reportedAbout = (where: string) =>
  where === 'true' ? 'true' : `subject_id in (select subject_id from subject where ${where})`;

const dayOfDate = (date: string) => `(${date} - date '1970-01-01')`;

export interface ContractsWanted {
  /** How values are told. */
  basis: Pick<ValueBasis, 'marginRate'> & Partial<Pick<ValueBasis, 'currency'>>;
  /** As it was known at the end of a day; absent: as it is known now. */
  asOf?: Known;
  /** A condition on `customer_id`. */
  where?: string;
  /** Name of a table that holds the rows of `agreedSql`; absent: they are computed. */
  agreed?: string;
}

const until = (asOf: Known | undefined) => (date: string) =>
  asOf ? `${date} <= date '${asOf.day}'` : 'true';

/** SQL: common table expressions of exchange rates, from what was known of the day. */
const rates = ({ basis, asOf }: ContractsWanted) =>
  `${asOf ? `${knownFacts(asOf)},` : ''} ${viewsOf([reportingIn(basis.currency), conversions], 'true')}`;

/**
 * SQL: common table expressions after those of rates, the last of them called `agreed`: one row a customer and subscription, with what was
 * agreed, when it was over, how often it was renewed, for which period last, and what was paid for that. A renewal that was reported under several
 * identifiers of a customer is one, and counts if its period lies within the contract. What was paid is converted by the rate of its own day. There are many renewals:
 * those of a subscription are looked at one by one only where they have several identifiers or currencies, or where some lie outside of the contract.
 */
function agreements({ asOf, where = 'true' }: ContractsWanted): string {
  const known = until(asOf);
  return `${viewsOf([subscriptionTerms], where)},
  life as (
    select l.*, case when ${known('cancelled_on')} or ${known('ends_on')} then ends_on end as over_on
      from subscription_terms l where ${known('started_on')}
  ), reported as (
    select customer_id, subscription_id, count(*) as identifiers, max(r.renewals) as renewals, min(first_on) as first_on,
           max(last_on) as last_on, sum(paid) as paid, sum(unpriced) as unpriced, max(one_currency) as one_currency,
           max(other_currency) as other_currency
      from (select subject_id, subscription_id, count(*) as renewals, min(period_from) as first_on, max(period_from) as last_on,
                   sum(paid) as paid, count(*) - count(paid) as unpriced, min(currency) as one_currency, max(currency) as other_currency
              from subscription_renewal
             where ${known('period_from')} and ${reportedAbout(where)}
             group by subject_id, subscription_id) r
      join subject using (subject_id)
     where ${where}
     group by customer_id, subscription_id
  ), plain as (
    select customer_id, subscription_id, r.renewals, last_on as renewed_on, coalesce(paid, 0) + unpriced * price as paid
      from reported r join life l using (customer_id, subscription_id) join reporting_currency using (currency)
     where identifiers = 1 and first_on > started_on and (over_on is null or last_on < over_on)
       and coalesce(one_currency, currency) = currency and coalesce(other_currency, currency) = currency
  ), other as (
    select customer_id, subscription_id from reported
     where (customer_id, subscription_id) not in (select customer_id, subscription_id from plain)
  ), renewal as (
    select distinct on (customer_id, subscription_id, period_from) customer_id, subscription_id, period_from, paid, r.currency
      from subscription_renewal r join subject using (subject_id)
     where ${where} and ${known('period_from')} and (customer_id, subscription_id) in (select customer_id, subscription_id from other)
     order by customer_id, subscription_id, period_from, paid_stamp desc nulls last
  ), renewed as (
    select * from plain
    union all
    select customer_id, subscription_id, count(*), max(period_from), sum(coalesce(${converted('coalesce(paid, price)', 'k')}, 0))
      from renewal r join life l using (customer_id, subscription_id)
      left join conversion k on ${convertsOn('k', { currency: 'coalesce(r.currency, l.currency)', day: 'period_from' })}
     where period_from > started_on and (over_on is null or period_from < over_on)
     group by customer_id, subscription_id
  ), agreed as (
    select customer_id, subscription_id, started_on, over_on, cancelled_on, period_days, price, currency, renewals, renewed_on, paid
      from life left join renewed using (customer_id, subscription_id)
  )`;
}

/** Query of what was agreed with customers, as known now. It depends on no day: on what was reported, and on exchange rates. */
export const agreedSql = (wanted: Pick<ContractsWanted, 'basis' | 'where'>): string =>
  `with ${rates(wanted)}, ${agreements(wanted)} select * from agreed`;

/**
 * Query of the contracts of customers. What is still to be paid is converted by the rate of the day, what was paid by that of its own day; it
 * is worth nothing while there is no rate.
 */
export function contractsSql(wanted: ContractsWanted): string {
  const { basis, asOf, where = 'true', agreed } = wanted;
  const rate = `${basis.marginRate}::numeric`;
  const day = asOf ? `date '${asOf.day}'` : 'greatest((select max(as_of) from scoring), started_on)';
  return `
  with ${rates(wanted)}, ${agreed ? `agreed as (select * from ${agreed} where ${where})` : agreements(wanted)}
  select customer_id, hashtextextended(subscription_id, 0) as number_hash, ${dayOfDate('started_on')} as started_day, coalesce(${dayOfDate('over_on')}, ${NEVER}) as ends_day,
         ${dayOfDate(`greatest(started_on, case when over_on is not null and ${until(asOf)('cancelled_on')} then cancelled_on end)`)} as known_day,
         coalesce(renewals, 0)::int4 as reported_renewals, ${dayOfDate('coalesce(renewed_on, started_on)')} as renewed_day,
         period_days::float8, coalesce(${converted('price', 'k')} * ${rate}, 0)::float8 as fee,
         ((coalesce(${converted('price', 'first')}, 0) + coalesce(paid, 0)) * ${rate})::float8 as paid,
         ${asOf ? `${NO_BAND}` : `coalesce(array_position(array['${BANDS.join("', '")}'], band) - 1, ${NO_BAND})`}::int4 as announced
    from agreed
    left join conversion k on ${convertsOn('k', { currency: 'agreed.currency', day })}
    left join conversion "first" on ${convertsOn('"first"', { currency: 'agreed.currency', day: 'started_on' })}
    ${asOf ? '' : 'left join risk_announcement a on a.subject_id = customer_id'}
   order by customer_id, started_on, subscription_id`;
}

/** Columns of the query in the order in which they are read. */
const columns = `customer_id, number_hash, started_day, ends_day, known_day, reported_renewals, renewed_day, announced, period_days, fee, paid`;
/** Bytes of such a row: four of length before each field. */
const WIDTH = 4 + 16 + (4 + 8) + 6 * (4 + 4) + 3 * (4 + 8);

/** Reads contracts, those of one customer beside each other, customers in the sequence of their ids. */
export async function readContracts(client: pg.ClientBase, wanted: ContractsWanted): Promise<Contracts> {
  let size = 0;
  let [customerId, numberHash] = [Buffer.alloc(16 * 1024), Buffer.alloc(8 * 1024)];
  const integers = [
    'startedDay',
    'endsDay',
    'knownDay',
    'reportedRenewals',
    'renewedDay',
    'announced',
  ] as const;
  const decimals = ['periodDays', 'fee', 'paid'] as const;
  const read = Object.fromEntries([...integers, ...decimals].map((name) => [name, [] as number[]])) as Record<
    (typeof integers)[number] | (typeof decimals)[number],
    number[]
  >;
  const query = `select ${columns} from (${contractsSql(wanted)}) contract`;
  await readRows(client, query, WIDTH, (row, offset) => {
    if (16 * size === customerId.length) [customerId, numberHash] = [twice(customerId), twice(numberHash)];
    row.copy(customerId, 16 * size, offset + 4, offset + 20);
    row.copy(numberHash, 8 * size, offset + 24, offset + 32);
    size++;
    integers.forEach((name, at) => read[name].push(row.readInt32BE(offset + 36 + 8 * at)));
    decimals.forEach((name, at) => read[name].push(row.readDoubleBE(offset + 84 + 12 * at)));
  });
  return {
    size,
    customerId: customerId.subarray(0, 16 * size),
    numberHash: numberHash.subarray(0, 8 * size),
    ...read,
  };
}

const twice = (bytes: Buffer) => Buffer.concat([bytes], 2 * bytes.length);

/** Renewals that a contract has had by the end of a day: those that were reported or, if more, those that are past doubt. */
export function renewalsBy(contract: Contract, day: number): number {
  const { startedDay, endsDay, periodDays, reportedRenewals } = contract;
  const run = Math.min(day, endsDay) - startedDay;
  return Math.max(0, reportedRenewals, Math.floor(run / periodDays - 0.5));
}

/** Day on which the next renewal is due, in fractions: months are 30.436875 days long. */
export function nextRenewalAfter(contract: Contract, renewals: number): number {
  const { reportedRenewals, renewedDay, startedDay, periodDays } = contract;
  return (reportedRenewals >= renewals ? renewedDay : startedDay + renewals * periodDays) + periodDays;
}

/** How many of the renewals that are due every period, the first one after `due` days, are due before an end in days. */
export const renewalsDue = (due: number, periodDays: number, end: number): number =>
  Math.max(0, Math.ceil((end - due) / periodDays));
