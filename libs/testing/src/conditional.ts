/**
 * `describe`, where its condition holds; elsewhere its tests are skipped and the run ends by saying why.
 * The reason says what to install or set to have them run.
 */
export const describeIf = (condition: boolean, reason: string) => (name: string, tests: () => void) =>
  condition ? describe(name, tests) : describe.skip(because(name, reason), tests);

/** The form in which summary.reporter.mjs finds the reason. */
const because = (name: string, reason: string) => `${name} [skipped: ${reason}]`;
