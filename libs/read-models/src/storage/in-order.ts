/**
 * The answers of statements that were sent one after another without waiting. Throws the failure of the first that
 * failed: the transaction refuses those after it, which says nothing.
 */
export async function inOrder<const Answers extends readonly Promise<unknown>[]>(
  answers: Answers,
): Promise<{ -readonly [Index in keyof Answers]: Awaited<Answers[Index]> }> {
  // Nobody waits for those behind the first failure.
  for (const answer of answers) answer.catch(() => undefined);
  const all: unknown[] = [];
  for (const answer of answers) all.push(await answer);
  return all as { -readonly [Index in keyof Answers]: Awaited<Answers[Index]> };
}
