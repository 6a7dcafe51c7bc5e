export * from './conditional.js';
export * from './test-database.js';
