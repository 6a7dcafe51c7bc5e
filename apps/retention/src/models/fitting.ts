import { catalogue, type EventData } from '@perennial/events';
import { VersionConflict, type Journal, type RecordedEvent } from '@perennial/journal';
import { decisionId, inTransaction, Layout, onConnection } from '@perennial/read-models';
import type pg from 'pg';
import type { Known } from '../moments/known-facts.js';
import { valuedPart } from '../money/valued-part.js';
import { valueBasis, type ValueBasis } from '../scores/customer-value.js';
import { dayNumber } from '../scores/day.js';
import { statisticsAsOfSql } from '../scores/statistics-as-of.js';
import { readStatistics } from '../scores/statistics.js';
import { hasSubscribers, readContracts } from '../subscriptions/contracts.js';
import type { FitBasis } from './fit.js';
import { FitStopped, type Fitter } from './fitter.js';
import { calibrationEnd, holdoutOf } from './holdout.js';
import {
  DEFAULT_ASSUMPTIONS,
  fitReason,
  lastDayOver,
  modelsAfter,
  refreshDue,
  scoringDay,
  type Assumptions,
  type FitReason,
  type Models,
} from './models.decider.js';
import { outliersOf, outlyingContracts, sameCustomers, without } from './outliers.js';
import { MODEL_STREAM, MODEL_SUBJECT } from './model-stream.js';
import { customersKnown, holdsUntil, type Customers } from './population.js';

const layout = new Layout('retention');

/** Models learn from all costs that are known: those of goods sold long ago, too. */
const knownOn = (day: string): Known => ({ day, costs: 'known now' });

/** Another reporting currency is waited for until so much of what customers bought has a value in it. */
const LEAST_VALUED = 0.5;

type ModelEvent = 'model.fitted' | 'model.fit.failed' | 'scores.refreshed';

/** Makes the decisions about models and the day of the scores, in a stream of their own. */
export class Fitting {
  private counted?: { customers: Customers; until: number };

  constructor(
    private readonly pool: pg.Pool,
    private readonly journal: Journal,
    private readonly fitter: Fitter,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Decides what is due: a fit, the next day. Answers whether anything was. */
  async decide(): Promise<boolean> {
    let customers = await this.customers();
    if (!customers) return false;
    const before = await this.read();
    const dayOf = ({ lastKnownDay }: Customers) => scoringDay(this.now(), lastKnownDay);
    // What was counted some time ago may be what the latest fit knew already.
    if (fitReason(before.models, customers, dayOf(customers))) customers = (await this.count()) ?? customers;
    const asOf = dayOf(customers);
    const reason = fitReason(before.models, customers, asOf);
    if (reason) await this.fit(reason, asOf, customers);
    const { models, version } = reason ? await this.read() : before;
    const refresh = refreshDue(models, asOf);
    if (!refresh) return reason !== undefined;
    await this.append(version, 'scores.refreshed', refresh, `${asOf} ${refresh.modelVersion} ${version}`);
    return true;
  }

  /** Fits now, with other assumptions where some are given; answers why it could not, if so. */
  async fitNow(changes: Partial<Assumptions>): Promise<{ models: Models; problem?: string }> {
    const customers = await this.count();
    const problem = customers
      ? await this.fit('asked', scoringDay(this.now(), customers.lastKnownDay), customers, changes)
      : 'No customer has an order or a subscription.';
    await this.decide();
    return { models: (await this.read()).models, problem };
  }

  /** A failure is decided, too: the version in force stays, and whoever reads learns why. Answers the reason. */
  private async fit(
    reason: FitReason,
    asOf: string,
    { currency, exchangeRates }: Customers,
    changes: Partial<Assumptions> = {},
  ): Promise<string | undefined> {
    const { models, version } = await this.read();
    const { current } = models;
    const assumptions = { ...DEFAULT_ASSUMPTIONS, ...current?.assumptions, ...changes };
    try {
      const read = await this.readBasis(
        asOf,
        { currency, marginRate: assumptions.marginRate },
        current && current.currency !== currency ? LEAST_VALUED : 0,
      );
      const fitted = await this.fitter.fit({
        ...read,
        day: dayNumber(asOf),
        asOf,
        reason,
        version: (current?.version ?? 0) + 1,
        assumptions,
        currency,
        before: current,
      });
      await this.append(version, 'model.fitted', fitted, `version ${fitted.version}`);
      return undefined;
    } catch (error) {
      if (error instanceof VersionConflict || error instanceof FitStopped) throw error;
      const problem = (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
      await this.append(
        version,
        'model.fit.failed',
        { asOf, ...(current && { keptVersion: current.version }), problem, currency, exchangeRates },
        `failed ${asOf} after ${version}`,
      );
      return problem;
    }
  }

  private readBasis(
    asOf: string,
    values: Omit<ValueBasis, 'byOrder'>,
    leastValued: number,
  ): Promise<Pick<FitBasis, 'statistics' | 'outliers' | 'holdout' | 'contracts' | 'contractHoldout'>> {
    return onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', async () => {
        const basis = await valueBasis(client, values);
        if (basis.byOrder) await checkValued(client, values.currency, leastValued);
        const statistics = await readStatistics(client, statisticsAsOfSql(basis, knownOn(asOf)));
        const outliers = outliersOf(statistics, dayNumber(asOf));
        const end = calibrationEnd(without(statistics, outliers.rows).firstDay, asOf);
        const earlier = end && (await readStatistics(client, statisticsAsOfSql(basis, knownOn(end))));
        const before = earlier && without(earlier, sameCustomers(statistics, outliers.rows, earlier));
        return {
          statistics,
          outliers,
          ...(before && { holdout: holdoutOf(before, statistics, end, asOf) }),
          ...((await hasSubscribers(client)) && (await readSubscriptions(client, basis, asOf))),
        };
      }),
    );
  }

  private async customers(): Promise<Customers | undefined> {
    return this.counted && performance.now() < this.counted.until ? this.counted.customers : this.count();
  }

  private async count(): Promise<Customers | undefined> {
    const customers = await onConnection(this.pool, (client) =>
      inTransaction(client, layout, 'shared', () =>
        customersKnown(
          async <Row extends object>(sql: string, parameters: unknown[] = []) =>
            (await client.query<Row>(sql, parameters)).rows,
          lastDayOver(this.now()),
        ),
      ),
    );
    this.counted = customers && { customers, until: holdsUntil(performance.now(), customers) };
    return customers;
  }

  private async read(): Promise<{ models: Models; version: number }> {
    const events: RecordedEvent[] = [];
    for (;;) {
      const page = await this.journal.readStream(MODEL_STREAM, events.length, 1_000);
      events.push(...page);
      if (page.length < 1_000) break;
    }
    return {
      models: modelsAfter(events.map(({ type, data }) => ({ type, data: JSON.parse(data) as unknown }))),
      version: events.length,
    };
  }

  /** Of two processes that decide at once, one finds that the stream has moved on. */
  private async append<Name extends ModelEvent>(
    expectedVersion: number,
    type: Name,
    data: EventData<Name>,
    cause: string,
  ): Promise<void> {
    const eventId = decisionId('models', { type, cause });
    await this.journal.append(MODEL_STREAM, expectedVersion, [
      {
        eventId,
        type,
        dataVersion: catalogue[type].version,
        time: this.now().toISOString(),
        source: '/perennial/retention/models',
        id: eventId,
        subject: MODEL_SUBJECT,
        data: JSON.stringify(data),
      },
    ]);
  }
}

async function readSubscriptions(
  client: pg.ClientBase,
  basis: ValueBasis,
  asOf: string,
): Promise<Pick<FitBasis, 'contracts' | 'contractHoldout'>> {
  const contracts = await readContracts(client, { basis, asOf: knownOn(asOf) });
  const absurd = outlyingContracts(contracts, dayNumber(asOf));
  const started = Array.from(contracts.startedDay).filter((_, row) => !absurd.has(row));
  const end = calibrationEnd(started, asOf);
  if (!end) return { contracts };
  const before = await readContracts(client, { basis, asOf: knownOn(end) });
  return { contracts, contractHoldout: { before, day: dayNumber(end), until: dayNumber(asOf) } };
}

/** Without rates there are customers, but nothing to say of what they are worth. */
async function checkValued(client: pg.ClientBase, currency: string, least: number): Promise<void> {
  const { part, missing } = await valuedPart(client);
  if (part > 0 && part >= least) return;
  const valued =
    part > 0
      ? `Only ${Math.floor(100 * part)} % of the orders and subscriptions have`
      : 'No order or subscription has';
  throw new Error(
    `${valued} a value in ${currency}. Publish exchange rates (exchange.rate.published) for ${missing}, or set another reporting currency.`,
  );
}
