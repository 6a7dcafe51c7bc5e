import type pg from 'pg';
import {
  addStatement,
  adjustStatement,
  createBefore,
  rememberStatement,
  removeEmptyStatement,
} from '../aggregates/aggregate-table.sql.js';
import type { AggregateTableDefinition } from '../aggregates/aggregate-table.js';
import { Subject } from '../customers/subjects.facts.js';
import { type DerivedTableDefinition } from '../derived/derived-table.js';
import { refreshStatement } from '../derived/derived-table.sql.js';
import { factTableOf, type FactTableDefinition } from '../facts/fact-table.js';
import { copyStatement, upsertStatement } from '../facts/fact-table.sql.js';
import type { Fold, FoldedRow } from '../facts/fold.js';
import type { Facts } from '../facts/facts.js';
import { ALWAYS, spanned, type Stretch } from '../facts/stretch.js';
import { arrayParameter } from '../storage/binary.js';
import { copied } from '../storage/copy.query.js';
import { inOrder, nothing, type Statement } from '../storage/in-order.js';
import type { Layout } from '../storage/layout.js';

/** Customers are locked by buckets: a batch of any size takes a bounded number of locks. */
const LOCK_BUCKETS = 1024;

export const bucketOf = (customerId: string): number => parseInt(customerId.slice(0, 8), 16) % LOCK_BUCKETS;

const bucketsOf = (customerIds: readonly string[]): number[] => [...new Set(customerIds.map(bucketOf))];

/** An array a key column. */
type Keys = (Buffer | string)[];

/** A subject and a customer that it has left or joined. */
interface Moved {
  subjectId: string;
  customerId: string;
}

/** What changed rows of a table tell. */
interface Written {
  /** The subjects of rows whose change shows in a derived table, each with the time that they are about. */
  changed: ReadonlyMap<string, Stretch>;
  moved: readonly Moved[];
}

/**
 * Links and decisions name subjects of other shards, so that of two batches one mostly waits for the rows of subjects that
 * the other has written: what comes before is written at the same time.
 */
const contendedLast = (folds: readonly [Facts, Fold][]): [Facts, Fold][] => {
  const { subject = [], others = [] } = Object.groupBy(folds, ([{ table }]) =>
    table === factTableOf(Subject) ? 'subject' : 'others',
  );
  return [...others, ...subject];
};

/** The keys of rows. */
const keyArrays = ({ columns }: FactTableDefinition, rows: readonly FoldedRow[]): Keys =>
  columns
    .filter(({ merge }) => merge === 'key')
    .map(({ property, type }) =>
      arrayParameter(
        rows.map(({ values }) => values[property]),
        type,
      ),
    );

/** Writes folded rows and everything that is computed from them, inside the caller's transaction. */
export class Writer {
  constructor(
    private readonly client: pg.ClientBase,
    private readonly layout: Layout,
    private readonly derived: readonly DerivedTableDefinition[],
    private readonly aggregates: readonly AggregateTableDefinition[],
  ) {}

  /**
   * What no answer is needed for is sent at once, so that the server need not wait for us between two statements.
   * `first` comes before all of it, in the same go.
   */
  async write(folds: ReadonlyMap<Facts, Fold>, first: Statement = nothing): Promise<void> {
    const filled = contendedLast([...folds].filter(([, fold]) => fold.size > 0));
    const { summed = [], others = [] } = Object.groupBy(filled, ([facts]) =>
      this.sumsOf(facts).length > 0 ? 'summed' : 'others',
    );
    const [, ...answers] = await inOrder(this.client, [
      first,
      ...others.map(
        ([facts, fold]) =>
          () =>
            this.writeRows(facts, fold),
      ),
    ]);
    const written = new Map(others.map(([facts], index) => [facts, answers[index]!]));
    for (const [facts, fold] of summed) written.set(facts, await this.writeSummed(facts, fold));
    await this.refreshDerived(written);
  }

  private sumsOf({ table }: Facts): AggregateTableDefinition[] {
    return this.aggregates.filter(({ from }) => from === table);
  }

  /** Writes rows and carries what that changes into their sums. */
  private async writeSummed(facts: Facts, fold: Fold): Promise<Written> {
    const sums = this.sumsOf(facts);
    const keys = keyArrays(facts.table, fold.rows());
    const addedBefore = await inOrder(
      this.client,
      sums.map((sum) => () => this.remember(sum, keys)),
    );
    const written = await this.writeRows(facts, fold);
    await inOrder(
      this.client,
      sums.map((sum, index) => () => this.adjust(sum, keys, addedBefore[index]!)),
    );
    return written;
  }

  /**
   * Rows sorted by key, so that two writers of one table never wait for each other in a circle. Two decisions about one
   * subject may come on two shards: the later one waits for the row, and tells the customer that the other moved it to.
   */
  private async writeRows({ table }: Facts, fold: Fold): Promise<Written> {
    const schema = this.layout.schemaOf(table.name);
    if (fold.isLoaded) {
      await copyRows(this.client, table, schema, fold);
      return { changed: fold.stretches(), moved: [] };
    }
    const columns = this.columnsRead(table);
    const moves = this.derived.length > 0 && table === factTableOf(Subject);
    const telling = [columns && 'telling', moves && 'moving'].filter(Boolean);
    const { rows } = await this.client.query<[string, boolean?, string?, string?]>({
      name: [`upsert ${schema}.${table.name}`, ...telling].join(', '),
      text: upsertStatement(table, schema, { columns, moves }),
      values: fold.parameters(),
      rowMode: 'array',
    });
    const stretches = columns ? fold.stretches() : new Map<string, Stretch>();
    return {
      changed: new Map(
        rows.filter(([, shows]) => shows ?? true).map(([subject]) => [subject, stretches.get(subject)!]),
      ),
      moved: rows.flatMap(([subjectId, , left, joined]) =>
        left === joined ? [] : [left, joined].map((customerId) => ({ subjectId, customerId: customerId! })),
      ),
    };
  }

  /** The columns of a fact table that derived tables read. */
  private columnsRead({ entity, columns }: FactTableDefinition): readonly string[] | 'all' | undefined {
    const readers = this.derived.filter(({ from }) => from.includes(entity));
    if (readers.length === 0 || !columns.some(({ fills }) => fills === 'subjectId')) return undefined;
    const reads = readers.map((reader) => reader.reads.get(entity) ?? 'all');
    return reads.includes('all') ? 'all' : [...new Set(reads.flat())];
  }

  /** Notes what the touched rows add to a sum before they change; answers whether they added anything. */
  private async remember(table: AggregateTableDefinition, keys: Keys): Promise<boolean> {
    const statement = rememberStatement(table, this.layout.schemaOf(table.from.name));
    const [, { rowCount }] = await inOrder(this.client, [
      () => this.client.query(createBefore(table)),
      () => this.client.query(statement, keys),
    ]);
    return (rowCount ?? 0) > 0;
  }

  private async adjust(table: AggregateTableDefinition, keys: Keys, addedBefore: boolean): Promise<void> {
    const [schema, factSchema] = [this.layout.schemaOf(table.name), this.layout.schemaOf(table.from.name)];
    const statement = addedBefore
      ? adjustStatement(table, schema, factSchema)
      : addStatement(table, schema, factSchema);
    await inOrder(this.client, [
      () => this.client.query(statement, keys),
      addedBefore ? () => this.client.query(removeEmptyStatement(table, schema)) : nothing,
    ]);
  }

  /** Locks buckets of customers, in their order, to the end of the transaction. */
  private async lock(buckets: readonly number[]): Promise<void> {
    await this.client.query(
      `select pg_advisory_xact_lock(hashtext($1), bucket) from unnest($2::int[]) bucket`,
      [`perennial:customers:${this.layout.service}`, buckets],
    );
  }

  /** The customer of each subject; a subject without a row is a customer of its own. */
  private async customersOf(subjectIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.client.query<[string]>({
      name: `customers of ${this.layout.schemaOf('subject')}`,
      text: `select coalesce(s.customer_id, touched.id)
               from unnest($1::uuid[]) with ordinality touched(id, place)
               left join ${this.layout.schemaOf('subject')}.subject s on s.subject_id = touched.id
              order by place`,
      values: [arrayParameter(subjectIds, 'uuid')],
      rowMode: 'array',
    });
    return rows.map(([customerId]) => customerId);
  }

  /**
   * Two shards may hold subjects of one customer. So the customers touched are locked before the statement
   * that computes their rows, which then sees what the other transaction has committed. Which customers
   * those are may change while we wait for the lock; then all locks are given back and taken again with those of the new
   * ones, since of three transactions two would wait for each other if one took further locks out of their order. Those
   * whom subjects have left or joined can't change: our rows of these subjects are locked.
   */
  private async lockCustomers(
    subjectIds: readonly string[],
    leftAndJoined: readonly string[],
  ): Promise<Map<string, string>> {
    const held = new Set<number>();
    for (let customers = await this.customersOf(subjectIds); ;) {
      const wanted = bucketsOf([...customers, ...leftAndJoined]).filter((bucket) => !held.has(bucket));
      if (wanted.length === 0)
        return new Map(subjectIds.map((subjectId, index) => [subjectId, customers[index]!]));
      const begin = held.size > 0 ? 'rollback to savepoint customers' : 'savepoint customers';
      wanted.forEach((bucket) => held.add(bucket));
      [, , customers] = await inOrder(this.client, [
        () => this.client.query(begin),
        () => this.lock([...held].sort((a, b) => a - b)),
        () => this.customersOf(subjectIds),
      ]);
    }
  }

  private async refreshDerived(written: ReadonlyMap<Facts, Written>): Promise<void> {
    const touched = this.touchedBy(written);
    const moved = [...written.values()].flatMap((its) => its.moved);
    const subjects = new Set([...touched.values()].flatMap((its) => [...its.keys()]));
    if (subjects.size + moved.length === 0) return;
    const customerOf = await this.lockCustomers(
      [...subjects],
      moved.map(({ customerId }) => customerId),
    );
    const refreshes = this.derived.map((table): Statement => () => {
      const customers = new Map<string, Stretch>();
      const touch = (customer: string, stretch: Stretch) =>
        customers.set(customer, spanned(customers.get(customer), stretch));
      for (const [subject, stretch] of touched.get(table) ?? []) touch(customerOf.get(subject)!, stretch);
      if (!table.window) for (const { customerId } of moved) touch(customerId, ALWAYS);
      return this.refresh(
        table,
        [...customers].sort(([a], [b]) => (a < b ? -1 : 1)),
        moved,
      );
    });
    await inOrder(this.client, [() => this.client.query('release savepoint customers'), ...refreshes]);
  }

  /** For each derived table the subjects whose rows have changed, so that their customers are computed again, and around which time. */
  private touchedBy(written: ReadonlyMap<Facts, Written>): Map<DerivedTableDefinition, Map<string, Stretch>> {
    const touched = new Map<DerivedTableDefinition, Map<string, Stretch>>();
    for (const table of this.derived) {
      const subjects = new Map<string, Stretch>();
      const touch = (subject: string, stretch: Stretch) =>
        subjects.set(subject, spanned(subjects.get(subject), stretch));
      for (const [facts, { changed }] of written)
        if (table.from.includes(facts.table.entity))
          for (const [subject, stretch] of changed)
            touch(subject, table.window?.of === facts.table.entity ? stretch : ALWAYS);
      for (const [source, others] of touched)
        if (table.from.includes(source.entity)) for (const subject of others.keys()) touch(subject, ALWAYS);
      if (subjects.size > 0) touched.set(table, subjects);
    }
    return touched;
  }

  /** Of customers whom subjects left or joined, a table with a window concerns what lies around these subjects' facts. */
  private async refresh(
    table: DerivedTableDefinition,
    customers: readonly (readonly [string, Stretch])[],
    moved: readonly Moved[],
  ): Promise<void> {
    if (customers.length === 0 && (!table.window || moved.length === 0)) return;
    const ids = (customerIds: readonly string[]) => arrayParameter(customerIds, 'uuid');
    const times = (bound: keyof Stretch) =>
      arrayParameter(
        customers.map(([, stretch]) => stretch[bound]),
        'timestamptz',
      );
    const schema = this.layout.schemaOf(table.name);
    const whose = ids(customers.map(([customer]) => customer));
    await this.client.query({
      name: `refresh ${schema}.${table.name}`,
      text: refreshStatement(table, schema),
      values: table.window
        ? [
            whose,
            times('since'),
            times('until'),
            ids(moved.map(({ customerId }) => customerId)),
            ids(moved.map(({ subjectId }) => subjectId)),
          ]
        : [whose],
    });
  }
}

/** Loads rows by COPY. */
export async function copyRows(
  client: pg.ClientBase,
  table: FactTableDefinition,
  schema: string,
  fold: Fold,
): Promise<void> {
  await inOrder(
    client,
    fold.loads().map(
      ({ format, pieces }) =>
        () =>
          copied(client, copyStatement(table, schema, format), pieces),
    ),
  );
}
