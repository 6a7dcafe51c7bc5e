export * from './embedded-postgres.js';
export { EmbeddedPostgresError } from './server.program.js';
