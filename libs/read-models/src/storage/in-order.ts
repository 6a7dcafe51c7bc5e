import type pg from 'pg';

/** Sends something and answers what comes of it. */
export type Statement = () => Promise<unknown>;

export const nothing: Statement = async () => undefined;

type Answers<Statements extends readonly Statement[]> = {
  -readonly [Index in keyof Statements]: Awaited<ReturnType<Statements[Index]>>;
};

/**
 * The answers of statements that need nothing of each other's: sent at once where the connection allows it ("pipeline"),
 * so that the server need not wait for us between two, else one by one. Throws the failure of the first that failed: the
 * transaction refuses those after it, which says nothing. None may send another when it is answered, since after a
 * failure the transaction may be over then.
 */
export async function inOrder<const Statements extends readonly Statement[]>(
  client: pg.ClientBase,
  statements: Statements,
): Promise<Answers<Statements>> {
  const all: unknown[] = [];
  if ((client as pg.Client).pipeline) {
    const answers = statements.map((send) => send());
    // Nobody waits for those behind the first failure.
    for (const answer of answers) answer.catch(() => undefined);
    for (const answer of answers) all.push(await answer);
  } else for (const send of statements) all.push(await send());
  return all as Answers<Statements>;
}
