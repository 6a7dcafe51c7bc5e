import { type Static, type TObject } from 'typebox';

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

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

/** A version that is no longer published. Its events stay in the journal as they are and are lifted when read. */
export interface OlderVersion {
  version: number;
  data: TObject;
  example: JsonObject;
  /**
   * Data of this version as data of the next one. A personal field may be missing even where the schema
   * requires it: its person was erased.
   */
  upcast(data: JsonObject): JsonObject;
}

export interface EventTypeDefinition<Schema extends TObject> {
  /** Current version of the schema, from 1. */
  version: number;
  description: string;
  /** Our own services decide it; publishers can't send it. */
  decision?: true;
  /** A subject that such an event belongs to, for the documentation; `user:42` when absent. */
  subject?: string;
  data: Schema;
  example: Static<Schema>;
  /** All versions before the current one. */
  older?: readonly OlderVersion[];
}

export interface EventType<
  Name extends string = string,
  Schema extends TObject = TObject,
> extends EventTypeDefinition<Schema> {
  name: Name;
}

/** Data of an event type. */
export type DataOf<Type> = Type extends EventType<string, infer Schema> ? Static<Schema> : never;

/** Defines an event type, once: type, validator, documentation and example come from it. */
export const eventType = <const Name extends string, Schema extends TObject>(
  name: Name,
  definition: EventTypeDefinition<Schema>,
): EventType<Name, Schema> => ({ name, ...definition });

/** Defines what an event type was in an older version, in a file `<type>.v<version>.ts` beside the type's own. */
export const olderVersion = <Schema extends TObject>(definition: {
  version: number;
  data: Schema;
  example: Static<Schema>;
  upcast(data: Static<Schema>): JsonObject;
}): OlderVersion => ({
  ...definition,
  example: definition.example,
  upcast: (data) => definition.upcast(data as Static<Schema>),
});

/** The schema of one version; undefined for a version that this build does not know. */
export const schemaOf = (type: EventType, version: number): TObject | undefined =>
  version === type.version ? type.data : type.older?.find((older) => older.version === version)?.data;
