import { RequestProblem } from '@perennial/service';

/**
 * The read models, as `service.read_model`, that a text means: a full name, a bare one where it is the only one, or a service
 * for all of its. `away` says who could not be asked for theirs. Throws a RequestProblem.
 */
export function sought(text: string, known: readonly string[], away: readonly string[] = []): string[] {
  const plainly = known.filter((name) => name === text || name.startsWith(`${text}.`));
  if (plainly.length > 0) return plainly;
  // Whoever does not answer may have it, or another one of that name.
  if (away.length > 0)
    throw new RequestProblem(
      503,
      'temporarily-unavailable',
      [`Nobody who answers has "${text}" as its service, or as service.read_model.`, ...away].join(' '),
    );
  const named = known.filter((name) => name.endsWith(`.${text}`));
  if (named.length === 0)
    throw new RequestProblem(
      404,
      'unknown-read-model',
      `There is no read model "${text}". There are: ${[...known].sort().join(', ')}.`,
    );
  if (named.length > 1)
    throw new RequestProblem(
      422,
      'ambiguous-read-model',
      `Several services have a read model "${text}": say ${named.join(' or ')}.`,
    );
  return named;
}
