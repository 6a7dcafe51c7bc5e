/**
 * `describe`, where its condition holds; elsewhere its tests are skipped and the run ends by saying why.
 * The reason says what to install or set to have them run.
 */
export const describeIf = (condition: boolean, reason: string) => (name: string, tests: () => void) =>
  condition ? describe(name, tests) : describe.skip(because(name, reason), tests);

/** `it`, under a condition: see `describeIf`. */
export const itIf =
  (condition: boolean, reason: string) => (name: string, test: jest.ProvidesCallback, timeout?: number) =>
    condition ? it(name, test, timeout) : it.skip(because(name, reason), test, timeout);

/** The form in which summary.reporter.mjs finds the reason. */
const because = (name: string, reason: string) => `${name} [skipped: ${reason}]`;
