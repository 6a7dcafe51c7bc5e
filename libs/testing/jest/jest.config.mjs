import { readdirSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);

/** `@perennial/<name>` → the sources of that project. */
const projects = (folder) =>
  Object.fromEntries(
    readdirSync(new URL(folder, root)).map((name) => [
      `^@perennial/${name}$`,
      `<rootDir>/${folder}/${name}/src/index.ts`,
    ]),
  );

/** Jest on the TypeScript sources: no build is needed for a test. */
export default {
  rootDir: '../../..',
  testMatch: ['<rootDir>/libs/*/src/**/*.spec.ts', '<rootDir>/apps/*/src/**/*.spec.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': process.env.MUTANT
      ? '<rootDir>/libs/testing/jest/mutant.transform.mjs'
      : ['@swc/jest', { swcrc: true }],
  },
  moduleNameMapper: {
    ...projects('libs'),
    ...projects('apps'),
    // Loads fast-check, which most tests have no use for.
    '^@perennial/testing/any-order$': '<rootDir>/libs/testing/src/any-order.given.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  globalSetup: '<rootDir>/libs/testing/jest/servers.setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/jest/servers.teardown.mjs',
  reporters: ['default', '<rootDir>/libs/testing/jest/summary.reporter.mjs'],
  // Of a machine that is busy, or slow: what is to come true in time says so itself.
  testTimeout: 180_000,
  maxWorkers: 2,
};
