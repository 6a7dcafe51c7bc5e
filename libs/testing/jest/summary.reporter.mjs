const reasonInTitle = / \[skipped: (.+)\]$/;

/** Ends a run with why tests were skipped and the plain line that tools read: `N passed, N failed`. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    // Jest prints its own summary after every other reporter's; so ours waits until the very end.
    process.once('exit', () =>
      process.stdout.write(`\n${[...skips(results), counts(results)].join('\n')}\n`),
    );
  }
}

function counts({
  numPassedTests,
  numFailedTests,
  numRuntimeErrorTestSuites,
  numPendingTests,
  numTodoTests,
}) {
  // A file that can't even be loaded is a failure, though it counts no test.
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  const skipped = numPendingTests + numTodoTests;
  return `${numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** One line a reason, with how many tests it concerns. */
function skips({ testResults }) {
  const reasons = new Map();
  for (const { status, ancestorTitles, title, fullName } of testResults.flatMap((file) => file.testResults)) {
    if (status !== 'pending' && status !== 'todo') continue;
    const given = [...ancestorTitles, title].map((part) => reasonInTitle.exec(part)?.[1]).find(Boolean);
    const reason = given ?? `no reason given: ${fullName}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...reasons].map(([reason, count]) => `${count} skipped: ${reason}`);
}
