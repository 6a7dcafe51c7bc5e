import { Injectable } from '@nestjs/common';
import { RequestProblem, ServiceSettings } from '@perennial/service';
import type { Status } from './operations.js';

/** How long another process may take to say what it keeps, and to count it, in milliseconds. */
const ANSWERS = 5_000;
const COUNTS = 15_000;

/** What a process writes about work that takes time: see `lines` of the controller. */
type Line = { progress: Step } | { result: unknown } | { problem: Failure };
export type Step = { stage: string; events: number; of: number; service?: string };

interface Failure {
  code: string;
  message: string;
}

export interface Following {
  token: string | undefined;
  signal: AbortSignal;
  onProgress: (step: Step) => void;
}

export interface Elsewhere {
  /** `service.read_model` by the address of who keeps it. */
  readModels: Map<string, string>;
  /** Why whoever did not answer did not. */
  away: string[];
}

/**
 * The other services' processes (OPERATIONS_PEERS), so that one address answers for the whole system. They are asked with
 * the token of whoever asks us, and for themselves only.
 */
@Injectable()
export class Peers {
  private readonly addresses: readonly string[];

  constructor({ operationsPeers = [] }: ServiceSettings) {
    this.addresses = operationsPeers.map((address) => address.replace(/\/$/, ''));
  }

  /** The status of each; of one that does not answer, that it does not. */
  status(maxAge: number, token: string | undefined): Promise<Partial<Status>[]> {
    return Promise.all(
      this.addresses.map((address) =>
        this.get<Status>(address, `status?here=true&maxAge=${maxAge}`, token, COUNTS).catch(
          (error: unknown) => ({
            problems: { [new URL(address).host]: (error as Error).message },
          }),
        ),
      ),
    );
  }

  async readModels(token: string | undefined): Promise<Elsewhere> {
    const elsewhere: Elsewhere = { readModels: new Map(), away: [] };
    await Promise.all(
      this.addresses.map(async (address) => {
        try {
          const { readModels } = await this.get<{ readModels: string[] }>(
            address,
            'read-models',
            token,
            ANSWERS,
          );
          for (const name of readModels) elsewhere.readModels.set(name, address);
        } catch (error) {
          elsewhere.away.push((error as Error).message);
        }
      }),
    );
    return elsewhere;
  }

  /** Has another process do something, and answers its result. When the signal is aborted, it is no longer waited for. */
  async run<Result>(
    address: string,
    work: 'rebuild' | 'verify',
    command: object,
    { token, signal, onProgress }: Following,
  ): Promise<Result> {
    const answer = await this.ask(address, work, token, {
      method: 'POST',
      body: JSON.stringify({ ...command, here: true }),
      signal,
    });
    try {
      for await (const line of linesOf(answer)) {
        if ('result' in line) return line.result as Result;
        if ('problem' in line) throw failed(address, line.problem);
        onProgress(line.progress);
      }
    } catch (error) {
      if (error instanceof RequestProblem) throw error;
      throw peerProblem(address, `ended the connection before the work was done (${reasonOf(error)})`);
    }
    throw peerProblem(address, 'ended the connection before the work was done');
  }

  private async get<Answer extends { readModels: unknown }>(
    address: string,
    path: string,
    token: string | undefined,
    within: number,
  ): Promise<Answer> {
    const answer = await this.ask(address, path, token, { signal: AbortSignal.timeout(within) });
    const given = (await answer.json().catch(() => undefined)) as Answer | null | undefined;
    if (!Array.isArray(given?.readModels))
      throw peerProblem(address, 'is no Perennial: its answer is another one');
    return given;
  }

  private async ask(
    address: string,
    path: string,
    token: string | undefined,
    request: RequestInit,
  ): Promise<Response> {
    const answer = await fetch(`${address}/api/operations/${path}`, {
      ...request,
      headers: {
        ...(token !== undefined && { authorization: token }),
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
      },
    }).catch((error: unknown) => {
      throw peerProblem(address, `can't be reached: ${reasonOf(error)}`);
    });
    if (answer.ok) return answer;
    const needs = [401, 403].includes(answer.status)
      ? ': it needs the same TOKEN_SECRET, or TOKEN_ISSUERS, as this one'
      : '';
    throw peerProblem(address, `answers ${answer.status}${needs}`);
  }
}

const peerProblem = (address: string, what: string) =>
  new RequestProblem(503, 'temporarily-unavailable', `${address} (OPERATIONS_PEERS) ${what}.`);

/** What a peer says of its own work; whether that passes is the peer's to know. */
const failed = (address: string, { code, message }: Failure) =>
  new RequestProblem(500, code, `${address} (OPERATIONS_PEERS): ${message}`);

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Partial<Error> };
  return cause?.message ?? message;
}

async function* linesOf(answer: Response): AsyncGenerator<Line> {
  if (!answer.body) return;
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) yield JSON.parse(line) as Line;
  }
  if (rest) yield JSON.parse(rest) as Line;
}
