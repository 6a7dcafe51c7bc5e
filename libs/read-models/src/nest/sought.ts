import { RequestProblem } from '@perennial/service';

/**
 * The read models, as `service.read_model`, that a text means: a full name, a bare one where it is the only one, or a service
 * for all of its. `away` says who could not be asked. Throws a RequestProblem.
 */
export function sought(text: string, known: readonly string[], away: readonly string[] = []): string[] {
  const ofService = known.filter((name) => name.startsWith(`${text}.`));
  if (ofService.length > 0) return ofService;
  const named = known.filter((name) => name === text || name.endsWith(`.${text}`));
  if (named.length === 0)
    throw new RequestProblem(
      404,
      'unknown-read-model',
      [`There is no read model "${text}". There are: ${[...known].sort().join(', ')}.`, ...away].join(' '),
    );
  if (named.length > 1)
    throw new RequestProblem(
      422,
      'ambiguous-read-model',
      `Several services have a read model "${text}": say ${named.join(' or ')}.`,
    );
  return named;
}
