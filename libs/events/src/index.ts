export * from './catalogue.js';
export * from './event-type.js';
export * from './schemas.js';
