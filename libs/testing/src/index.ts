export * from './conditional.js';
export * from './customers.given.js';
export * from './event.given.js';
export * from './orders.given.js';
export * from './read-models/read-models.given.js';
export * from './services/service.given.js';
export * from './test-database.js';
