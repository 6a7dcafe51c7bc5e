import { EX_UNAVAILABLE, Problem, Unreachable } from './problem.js';

/** An answer that is no success, as RFC 9457 has it. One that says to come again is no refusal for those who branch on exit codes. */
export class RefusedRequest extends Problem {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds after which to ask again, if the system says. */
    readonly retryAfter?: number,
  ) {
    super(message, status === 503 ? EX_UNAVAILABLE : 1);
  }
}

interface ProblemDetails {
  code?: string;
  title?: string;
  detail?: string;
  errors?: { field: string; messages: string[] }[];
}

type Body = { json: unknown } | { text: string; type: string };

/** A running system, over HTTP. Problems are thrown as `Unreachable` or `RefusedRequest`. */
export class SystemClient {
  constructor(
    readonly url: string,
    private readonly options: { signal?: AbortSignal; token?: string } = {},
  ) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.json<Answer>('GET', path);
  }

  /** Sends what is given as JSON. */
  post<Answer>(path: string, json: unknown): Promise<Answer> {
    return this.json<Answer>('POST', path, { json });
  }

  /** Sends text of a media type, e.g. a batch of events that is JSON already. */
  send<Answer>(path: string, text: string, type: string): Promise<Answer> {
    return this.json<Answer>('POST', path, { text, type });
  }

  /** The lines of an answer in newline-delimited JSON, as they come. */
  async *lines<Line>(path: string, json: unknown): AsyncGenerator<Line> {
    const answer = await this.request('POST', path, { json });
    if (!answer.body) return;
    let rest = '';
    try {
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line) yield JSON.parse(line) as Line;
      }
      if (rest) yield JSON.parse(rest) as Line;
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  private async json<Answer>(method: string, path: string, body?: Body): Promise<Answer> {
    const answer = await this.request(method, path, body);
    try {
      const text = await answer.text();
      return (text ? JSON.parse(text) : undefined) as Answer;
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new Unreachable(`${this.url} is no Perennial: ${path} answers something else than JSON.`);
      }
      throw this.unreachable(error);
    }
  }

  private async request(method: string, path: string, body?: Body): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(new URL(path, this.url), {
        method,
        headers: {
          ...(body && { 'content-type': 'json' in body ? 'application/json' : body.type }),
          ...(this.options.token && { authorization: `Bearer ${this.options.token}` }),
        },
        ...(body && { body: 'json' in body ? JSON.stringify(body.json) : body.text }),
        ...(this.options.signal && { signal: this.options.signal }),
      });
    } catch (error) {
      throw this.unreachable(error);
    }
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  private unreachable(error: unknown): Error {
    if (error instanceof Problem) return error;
    if (this.options.signal?.aborted) return this.options.signal.reason as Error;
    const { message, cause } = error as Error & { cause?: Error & { errors?: Error[] } };
    const said = cause?.errors?.[0]?.message ?? cause?.message ?? message;
    return new Unreachable(`${this.url} can't be reached: ${said || 'connection refused'}.`);
  }
}

async function refusal(answer: Response): Promise<RefusedRequest> {
  const details = await detailsOf(answer);
  const fields = (details.errors ?? []).map(({ field, messages }) => `${field}: ${messages.join(', ')}`);
  const access =
    answer.status === 401 || answer.status === 403 ? ' Set PERENNIAL_TOKEN to a token that may.' : '';
  const said = details.detail ?? details.title ?? `the system answers ${answer.status}`;
  const after = Number(answer.headers.get('retry-after'));
  return new RefusedRequest(
    answer.status,
    details.code ?? 'refused',
    [said, ...fields].join('\n  ') + access,
    after > 0 ? after : undefined,
  );
}

async function detailsOf(answer: Response): Promise<ProblemDetails> {
  try {
    return (await answer.json()) as ProblemDetails;
  } catch {
    return {};
  }
}
