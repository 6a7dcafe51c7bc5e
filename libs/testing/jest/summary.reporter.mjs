/** Ends a run with the plain line that tools read: `N passed, N failed`. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A file that can't even be loaded is a failure, though it counts no test.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}
