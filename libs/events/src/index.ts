export * from './catalogue.js';
export * from './event-type.js';
export { mapPersonal, mapSubjectReferences, personalPaths, type Replace } from './marked-fields.js';
export * from './read-event.js';
export * from './schemas.js';
export * from './subject.js';
export { utcMilliseconds } from './time.js';
export { violationOf, type Violation } from './validation.js';
export { upcast, upcastEvent } from './versions.js';
