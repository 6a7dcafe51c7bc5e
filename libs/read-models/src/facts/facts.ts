import type { EventName } from '@perennial/events';
import type { ProjectedEvent } from '../event.js';
import { factTableOf, type EntityClass, type FactTableDefinition } from './fact-table.js';

/** What one event contributes to a row: its key and the columns that it knows. Others stay as they are. */
export type Contribution<Row extends object> = { [Property in keyof Row]?: Row[Property] | null };

type Contributions<Row extends object> = Contribution<Row> | readonly Contribution<Row>[] | undefined;

/** From one event of each type to the rows that it contributes. Pure. */
export type Projection<Row extends object> = {
  [Name in EventName]?: (event: ProjectedEvent<Name>) => Contributions<Row>;
};

export interface FactsOptions<Row extends object> {
  /** Raise it when the meaning of the projection changes in code that it calls; its own text is watched anyway. */
  version?: number;
  /**
   * Open the personal fields of the events before they are projected. What stood in them is forgotten, for ever, where
   * `customer.erased` names the subject: each column that is not the key must be `@Latest`, or the `@Min` or `@Max` of a time.
   */
  opens?: boolean;
  /** For tables that every event contributes to, whatever its type. */
  any?: (event: ProjectedEvent) => Contributions<Row>;
  /**
   * For tables that every event contributes to that another table, or a policy, of the service subscribes to:
   * unlike `any` it doesn't make the service read events that it has no other use for.
   */
  alongside?: (event: ProjectedEvent) => Contributions<Row>;
}

/** A fact table with the projection that fills it. */
export interface Facts {
  kind: 'facts';
  table: FactTableDefinition;
  version: number;
  opens: boolean;
  /** An aggregate table adds its rows up. */
  summed: boolean;
  /** Property with the time of a row, where a derived table is computed only around the rows that have come. */
  timed?: string;
  on: ReadonlyMap<string, (event: ProjectedEvent) => Contributions<Record<string, unknown>>>;
  any?: (event: ProjectedEvent) => Contributions<Record<string, unknown>>;
  alongside?: (event: ProjectedEvent) => Contributions<Record<string, unknown>>;
}

/** Binds a fact table to its projection: a map keyed by event type. The keys are what it subscribes to. */
export function facts<Row extends object>(
  entity: EntityClass<Row>,
  projection: Projection<Row>,
  options: FactsOptions<Row> = {},
): Facts {
  const table = factTableOf(entity);
  const { opens = false } = options;
  return {
    kind: 'facts',
    table,
    version: options.version ?? 1,
    opens,
    summed: false,
    on: new Map(
      Object.entries(opens ? { ...projection, [ERASURE]: forgetting(table) } : projection),
    ) as unknown as Facts['on'],
    any: options.any,
    alongside: options.alongside,
  };
}

/** After it nothing personal of the subjects that it names is ever told again. */
export const ERASURE = 'customer.erased' satisfies EventName;

/** The columns of a table that opens personal data in which these stand, until they are forgotten. */
export const forgottenColumns = ({ columns }: FactTableDefinition) =>
  columns.filter(({ merge }) => merge === 'latest');

/** Nothing in place of what a table has opened. Whoever folds it states it for ever, whatever comes before or after. */
function forgetting(
  table: FactTableDefinition,
): (event: ProjectedEvent<typeof ERASURE>) => Contributions<object> {
  for (const { property, merge, type, fills } of table.columns) {
    const isTime = (merge === 'min' || merge === 'max') && type === 'timestamptz';
    if (fills !== 'subjectId' && merge !== 'latest' && !isTime)
      throw new Error(
        `"${table.name}" opens personal data and could not forget "${property}": columns beside the subject must be @Latest, or the @Min or @Max of a time.`,
      );
  }
  const nothing = Object.fromEntries(forgottenColumns(table).map(({ property }) => [property, null]));
  return ({ data }) => data.subjectIds.map((subjectId) => ({ subjectId, ...nothing }));
}

/**
 * The same facts, of which an event gives rows of its own subject only: one that names another is refused
 * as a whole. Two shards could write such a row at once, and what it added before would be taken away twice.
 */
export function ofOwnSubject(facts: Facts): Facts {
  const guarded =
    (projection: NonNullable<Facts['any']>): NonNullable<Facts['any']> =>
    (event) => {
      const rows = projection(event);
      for (const { subjectId } of rows === undefined
        ? []
        : ([rows].flat() as Contribution<{ subjectId: string }>[]))
        if (subjectId !== undefined && subjectId !== event.subjectId)
          throw new Error(
            `${event.type} gave a row of another subject for "${facts.table.name}", which is summed: only rows of the event's own subject can be.`,
          );
      return rows;
    };
  return {
    ...facts,
    summed: true,
    on: new Map([...facts.on].map(([type, projection]) => [type, guarded(projection)])),
    any: facts.any && guarded(facts.any),
    alongside: facts.alongside && guarded(facts.alongside),
  };
}
