import { createHash } from 'node:crypto';
import { catalogue } from '@perennial/events';
import { aggregateTableIfAny, type AggregateTableDefinition } from './aggregates/aggregate-table.js';
import {
  createAggregateTable,
  fillAggregateStatement,
  indexAggregateTable,
} from './aggregates/aggregate-table.sql.js';
import { createComputedTable, indexComputedTable, type ComputedTable } from './computed/computed-table.js';
import { Subject, subjects } from './customers/subjects.facts.js';
import { derivedTableIfAny, type DerivedTableDefinition } from './derived/derived-table.js';
import { createDerivedTable, fillStatement, indexDerivedTable } from './derived/derived-table.sql.js';
import { factTableOf, type EntityClass } from './facts/fact-table.js';
import {
  createFactTable,
  indexFactTable,
  visibleColumns,
  type VisibleColumn,
} from './facts/fact-table.sql.js';
import { ofOwnSubject, type Facts } from './facts/facts.js';
import type pg from 'pg';
import type { Policy } from './policies/policy.js';
import { quoted } from './storage/column.js';
import type { AnalystView } from './storage/view.js';

/** Everything that one service knows: what its module lists. */
export interface ReadModelsDefinition {
  /** Stable schema that analysts read; the tables behind it are in `<schema>_tables`. */
  schema: string;
  /** Fact tables with their projections; the subject table is added. */
  facts: Facts[];
  /** Derived and aggregate tables. */
  tables?: EntityClass[];
  /** Tables whose rows code computes, after the batches that change what they are computed from. */
  computed?: ComputedTable[];
  /** Views for analysts that are computed when read. */
  views?: AnalystView[];
  policies?: Policy[];
  /** The service has to know everybody, and since when: it reads every event, also of types that say nothing else to it. */
  everybody?: boolean;
}

/** One read model, whatever its kind, as schema, rebuild and verify treat it. */
export interface ReadModel {
  name: string;
  kind: 'facts' | 'derived' | 'aggregate' | 'computed';
  comment: string;
  personal: boolean;
  columns: VisibleColumn[];
  /** Changes when what the table holds would change. */
  fingerprint: string;
  /** Names of the read models that it is computed from. */
  from: string[];
  create(schema: string): string;
  index(schema: string): string[];
  /** For computed tables: the statement that fills an empty one; sources are found as `sourceSchema` says. */
  fill?(schema: string, sourceSchema: (name: string) => string): string;
  /** The same where code computes the rows. */
  compute?(client: pg.ClientBase, schema: string): Promise<void>;
  /** Brings the live table up to what it is computed from. */
  settle?(client: pg.ClientBase): Promise<void>;
}

/** A service's read models, checked and in the order in which they are computed. */
export class ReadModels {
  readonly schema: string;
  readonly facts: Facts[];
  readonly derived: readonly DerivedTableDefinition[];
  readonly aggregates: readonly AggregateTableDefinition[];
  readonly policies: Policy[];
  readonly views: AnalystView[];
  readonly all: ReadModel[];
  /** Types of the catalogue that no table and no policy of the service has a use for: they need not be read. */
  readonly without: ReadonlySet<string>;

  constructor(definition: ReadModelsDefinition) {
    this.schema = definition.schema;
    const all = [subjects, ...definition.facts];
    this.policies = definition.policies ?? [];
    this.views = definition.views ?? [];
    const tables = definition.tables ?? [];
    const stray = tables.find((entity) => !derivedTableIfAny(entity) && !aggregateTableIfAny(entity));
    if (stray) throw new Error(`${stray.name} is neither a @DerivedTable nor an @AggregateTable.`);
    this.derived = inOrder(tables.flatMap((entity) => derivedTableIfAny(entity) ?? []));
    this.aggregates = tables.flatMap((entity) => aggregateTableIfAny(entity) ?? []);
    const summed = new Set(this.aggregates.map(({ from }) => from));
    this.facts = all
      .map((facts) => (summed.has(facts.table) ? ofOwnSubject(facts) : facts))
      .map((facts) => timed(facts, this.derived));
    const types = this.types(definition.everybody ?? false);
    this.without = new Set(Object.keys(catalogue).filter((type) => !types.has(type)));
    this.all = [
      // Fingerprints are of the projections as they are written.
      ...all.map((facts) => factModel(facts, types)),
      ...this.aggregates.map(aggregateModel),
      ...this.derived.map((table) => derivedModel(table)),
      ...(definition.computed ?? []).map(computedModel),
    ];
    const names = this.all.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice) throw new Error(`There are two read models called "${twice}" in ${this.schema}.`);
    for (const { name, from } of this.all)
      for (const source of from)
        if (!names.includes(source))
          throw new Error(`"${name}" is computed from "${source}", which ${this.schema} doesn't list.`);
  }

  /** What the service subscribes to. */
  private types(everybody: boolean): ReadonlySet<string> {
    if (everybody || this.facts.some(({ any }) => any !== undefined)) return new Set(Object.keys(catalogue));
    return new Set([
      ...this.facts.flatMap(({ on }) => [...on.keys()]),
      ...this.policies.flatMap(({ on }) => on),
    ]);
  }

  get entities(): EntityClass[] {
    return [
      ...this.facts.map(({ table }) => table.entity),
      ...this.derived.map(({ entity }) => entity),
      ...this.aggregates.map(({ entity }) => entity),
    ];
  }

  /** Name of the read model whose rows the class describes. */
  nameOf(entity: EntityClass): string {
    return nameOf(entity);
  }

  byName(name: string): ReadModel | undefined {
    return this.all.find((model) => model.name === name);
  }

  /** The same service reduced to some tables, without its policies. */
  only(names: ReadonlySet<string>): ReadModels {
    const reduced = Object.create(ReadModels.prototype) as ReadModels;
    return Object.assign(reduced, this, {
      facts: this.facts.filter(({ table }) => names.has(table.name)),
      derived: this.derived.filter(({ name }) => names.has(name)),
      aggregates: this.aggregates.filter(({ name }) => names.has(name)),
      policies: [],
    });
  }

  /** The named read models with all that are computed from them. */
  withDependants(names: readonly string[]): ReadModel[] {
    const wanted = new Set(names);
    for (const { name, from } of this.all) if (from.some((source) => wanted.has(source))) wanted.add(name);
    return this.all.filter(({ name }) => wanted.has(name));
  }
}

const nameOf = (entity: EntityClass) =>
  derivedTableIfAny(entity)?.name ?? aggregateTableIfAny(entity)?.name ?? factTableOf(entity).name;

/** Facts that are folded with the time that they are about, where a derived table has a window of them. */
function timed(facts: Facts, derived: readonly DerivedTableDefinition[]): Facts {
  const windows = derived.flatMap(({ window }) => (window?.of === facts.table.entity ? [window] : []));
  const times = new Set(windows.map(({ at }) => at));
  if (times.size > 1) throw new Error(`Windows of "${facts.table.name}" have different times.`);
  const time = facts.table.columns.find(({ name }) => times.has(name));
  return time ? { ...facts, timed: time.property } : facts;
}

/** Derived tables after the derived tables that they read. */
function inOrder(tables: DerivedTableDefinition[]): DerivedTableDefinition[] {
  const ordered: DerivedTableDefinition[] = [];
  const visit = (table: DerivedTableDefinition, path: string[]) => {
    if (path.includes(table.name))
      throw new Error(`Derived tables go in a circle: ${[...path, table.name].join(' → ')}.`);
    if (ordered.includes(table)) return;
    for (const source of tables.filter(({ entity }) => table.from.includes(entity)))
      visit(source, [...path, table.name]);
    ordered.push(table);
  };
  tables.forEach((table) => visit(table, []));
  return ordered;
}

const fingerprint = (...parts: unknown[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const factModel = ({ table, version, on, any, alongside }: Facts, types: ReadonlySet<string>): ReadModel => ({
  name: table.name,
  kind: 'facts',
  comment: table.comment,
  personal: table.personal,
  columns: visibleColumns(table),
  fingerprint: fingerprint(
    version,
    createFactTable(table, ''),
    indexFactTable(table, ''),
    [...on].map(([type, projection]) => [type, projection.toString()]),
    any?.toString(),
    alongside && [alongside.toString(), [...types].sort()],
  ),
  from: [],
  create: (schema) => createFactTable(table, schema),
  index: (schema) => indexFactTable(table, schema),
});

const derivedModel = (table: DerivedTableDefinition): ReadModel => ({
  name: table.name,
  kind: 'derived',
  comment: table.comment,
  personal: false,
  columns: table.columns,
  fingerprint: fingerprint(
    table.version,
    createDerivedTable(table, ''),
    indexDerivedTable(table, ''),
    table.sql,
    table.window,
  ),
  from: [...new Set([...table.from.map(nameOf), nameOf(Subject)])],
  create: (schema) => createDerivedTable(table, schema),
  index: (schema) => indexDerivedTable(table, schema),
  fill: (schema) => fillStatement(table, schema),
});

const aggregateModel = (table: AggregateTableDefinition): ReadModel => ({
  name: table.name,
  kind: 'aggregate',
  comment: table.comment,
  personal: false,
  columns: table.columns,
  fingerprint: fingerprint(
    table.version,
    createAggregateTable(table, ''),
    indexAggregateTable(table, ''),
    table.sql,
  ),
  from: [table.from.name],
  create: (schema) => createAggregateTable(table, schema),
  index: (schema) => indexAggregateTable(table, schema),
  fill: (schema, sourceSchema) => fillAggregateStatement(table, schema, sourceSchema(table.from.name)),
});

const computedModel = (table: ComputedTable): ReadModel => ({
  name: table.name,
  kind: 'computed',
  comment: table.comment,
  personal: false,
  columns: table.columns,
  fingerprint: fingerprint(table.version, createComputedTable(table, ''), indexComputedTable(table, '')),
  from: [...new Set([...table.from.map(nameOf), nameOf(Subject)])],
  create: (schema) => createComputedTable(table, schema),
  index: (schema) => indexComputedTable(table, schema),
  compute: (client, schema) => table.fill(client, `${schema}.${quoted(table.name)}`),
  settle: (client) => table.settle(client),
});
