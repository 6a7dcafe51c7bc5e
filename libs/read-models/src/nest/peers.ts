import { Injectable } from '@nestjs/common';
import { RequestProblem, ServiceSettings } from '@perennial/service';
import type { Status } from './operations.js';

/** How long another process may take to answer what it knows, in milliseconds. */
const PATIENCE = 30_000;

/** What a process writes about work that takes time: see `lines` of the controller. */
type Line = { progress: Step } | { result: unknown } | { problem: { message: string } };
export type Step = { stage: string; events: number; of: number; service?: string };

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
        this.get<Status>(address, `status?here=true&maxAge=${maxAge}`, token).catch((error: unknown) => ({
          problems: { [new URL(address).host]: (error as Error).message },
        })),
      ),
    );
  }

  async readModels(token: string | undefined): Promise<Elsewhere> {
    const elsewhere: Elsewhere = { readModels: new Map(), away: [] };
    await Promise.all(
      this.addresses.map(async (address) => {
        try {
          const { readModels } = await this.get<{ readModels: string[] }>(address, 'read-models', token);
          for (const name of readModels) elsewhere.readModels.set(name, address);
        } catch (error) {
          elsewhere.away.push((error as Error).message);
        }
      }),
    );
    return elsewhere;
  }

  /** Has another process do something, and answers its result. */
  async run<Result>(
    address: string,
    work: 'rebuild' | 'verify',
    command: object,
    token: string | undefined,
    onProgress: (step: Step) => void,
  ): Promise<Result> {
    const answer = await this.ask(address, work, token, {
      method: 'POST',
      body: JSON.stringify({ ...command, here: true }),
    });
    for await (const line of linesOf(answer)) {
      if ('progress' in line) onProgress(line.progress);
      else if ('result' in line) return line.result as Result;
      else throw new Error(line.problem.message);
    }
    throw new Error(`${address} ended the connection before the work was done.`);
  }

  private async get<Answer>(address: string, path: string, token: string | undefined): Promise<Answer> {
    const answer = await this.ask(address, path, token, { signal: AbortSignal.timeout(PATIENCE) });
    return (await answer.json()) as Answer;
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
      const { message, cause } = error as Error & { cause?: Error };
      throw peerProblem(address, `can't be reached: ${cause?.message ?? message}`);
    });
    if (!answer.ok) throw peerProblem(address, `answers ${answer.status}`);
    return answer;
  }
}

const peerProblem = (address: string, what: string) =>
  new RequestProblem(503, 'temporarily-unavailable', `${address} (OPERATIONS_PEERS) ${what}.`);

async function* linesOf(answer: Response): AsyncGenerator<Line> {
  if (!answer.body) return;
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Line;
  }
}
