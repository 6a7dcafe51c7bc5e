import type { TObject } from 'typebox';
import type { EventType } from '../event-type.js';

/** The name of a version's schema, for ever. */
export const schemaId = (name: string, version: number) => `urn:perennial:event:${name}:${version}`;

/** File of a version's schema, beside the pages. */
export const schemaFile = (type: EventType, version = type.version) =>
  `schemas/${type.name}${version === type.version ? '' : `.v${version}`}.json`;

/** The data of one version as JSON Schema, draft 7. `personal` and `subjectReference` are annotations of ours. */
export const jsonSchema = (type: EventType, version: number, data: TObject, example: unknown) => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: schemaId(type.name, version),
  title: type.name,
  description: type.description,
  ...data,
  examples: [example],
});
