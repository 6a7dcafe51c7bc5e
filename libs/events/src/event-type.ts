import { type Static, type TObject } from 'typebox';

/**
 * A fact about a customer as its publisher states it: a CloudEvents 1.0 event of a type in the catalogue.
 * `id` and `source` together name the event; `subject` is the identifier that the publisher knew.
 */
export interface CustomerEvent<Type extends string = string, Data = unknown> {
  id: string;
  source: string;
  type: Type;
  /** `namespace:value`, e.g. `user:42`, `anonymous:9f…`, `email:ann@example.org`. */
  subject: string;
  /** When it happened: RFC 3339, UTC, milliseconds, e.g. `2026-03-01T12:00:00.000Z`. */
  time: string;
  /** Version of the type's schema that `data` follows. */
  dataVersion: number;
  data: Data;
}

export interface EventTypeDefinition<Schema extends TObject> {
  /** Current version of the schema, from 1. */
  version: number;
  description: string;
  data: Schema;
  example: Static<Schema>;
  /**
   * How data of an older version become data of the next one, by the version they come from.
   * Old events are never rewritten; they are lifted when read.
   */
  upcasters?: Record<number, (data: Record<string, unknown>) => Record<string, unknown>>;
}

export interface EventType<Name extends string = string, Schema extends TObject = TObject>
  extends EventTypeDefinition<Schema> {
  name: Name;
}

/** Data of an event type. */
export type DataOf<Type> = Type extends EventType<string, infer Schema> ? Static<Schema> : never;

/** Defines an event type, once: type, validator, documentation and example come from it. */
export const eventType = <const Name extends string, Schema extends TObject>(
  name: Name,
  definition: EventTypeDefinition<Schema>,
): EventType<Name, Schema> => ({ name, ...definition });
