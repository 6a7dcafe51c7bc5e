export * from './stream.port.js';
export * from './postgres/postgres-stream.js';
