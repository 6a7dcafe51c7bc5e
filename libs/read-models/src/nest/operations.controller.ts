import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import { isUnreachable } from '@perennial/journal';
import type { Vault } from '@perennial/privacy';
import { Allow, Field, RequestProblem } from '@perennial/service';
import type { FastifyReply } from 'fastify';
import { rebuild, verify, type Comparison } from '../runner/rebuild.js';
import { Operations, together, type Status, type SubjectFound } from './operations.js';
import { Peers, type Step } from './peers.js';
import { VAULT } from './platform.module.js';
import { sought } from './sought.js';

class StatusQuery {
  @Field.integer({
    description: 'Counts may be this many seconds old: counting large tables takes time.',
    min: 0,
    max: 3600,
    optional: true,
  })
  maxAge: number = 0;

  @Field.boolean({ description: 'Only of this process, not of those of OPERATIONS_PEERS.', optional: true })
  here: boolean = false;
}

class SubjectQuery {
  @Field.text({ description: 'An identifier, e.g. user:42.', maxLength: 600 })
  subject!: string;
}

class RebuildCommand {
  @Field.text({
    description: '`service.read_model`, the bare name where it is the only one, or a service for all of its.',
    maxLength: 200,
  })
  name!: string;

  @Field.boolean({ description: 'Only of this process, not of those of OPERATIONS_PEERS.', optional: true })
  here: boolean = false;
}

class VerifyCommand {
  @Field.text({ description: 'Read models to compare; absent: all.', list: 500, optional: true })
  names?: string[];

  @Field.boolean({ description: 'Only of this process, not of those of OPERATIONS_PEERS.', optional: true })
  here: boolean = false;
}

/** What operators ask of the whole system: of the services in this process, and of those that OPERATIONS_PEERS names. */
@Controller('api/operations')
export class OperationsController {
  constructor(
    private readonly operations: Operations,
    private readonly peers: Peers,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Get('status')
  @Allow('reader', 'operator')
  async status(
    @Query() { maxAge, here }: StatusQuery,
    @Headers('authorization') token?: string,
  ): Promise<Status> {
    const own = this.operations.status(maxAge);
    if (here) return own;
    return together(await own, await this.peers.status(maxAge, token));
  }

  /** Which read models this process keeps. */
  @Get('read-models')
  @Allow('reader', 'operator')
  readModels(): { readModels: string[] } {
    return { readModels: this.operations.readModels };
  }

  /** Which customer an identifier belongs to now. */
  @Get('subjects')
  @Allow('operator')
  async subject(@Query() { subject }: SubjectQuery): Promise<SubjectFound> {
    const found = await this.operations.subject(this.vault.subjectIdOf(subject));
    if (!found)
      throw new RequestProblem(404, 'unknown-subject', 'No event of this subject has been applied.');
    return found;
  }

  /** Builds a read model and what is computed from it from the journal. Answers a line of JSON for each step. */
  @Post('rebuild')
  @HttpCode(200)
  @Allow('operator')
  async rebuild(
    @Body() { name, here }: RebuildCommand,
    @Res() reply: FastifyReply,
    @Headers('authorization') token?: string,
  ): Promise<void> {
    const { own, elsewhere } = await this.find([name], here, token);
    await lines(reply, async (progress, signal) => {
      const rebuilt: string[] = [];
      for (const [runner, names] of own) {
        const { schema } = runner.options.models;
        const models = await rebuild(runner.options, names, (step) => progress({ ...step, service: schema }));
        rebuilt.push(...models.map((model) => `${schema}.${model.name}`));
      }
      for (const address of elsewhere.keys()) {
        const { readModels } = await this.peers.run<Rebuilt>(
          address,
          'rebuild',
          { name },
          { token, signal, onProgress: progress },
        );
        rebuilt.push(...readModels);
      }
      return { readModels: rebuilt } satisfies Rebuilt;
    });
  }

  /** Wraps every key that a former master key wrapped with the present one. Answers how many those were. */
  @Post('rekey')
  @HttpCode(200)
  @Allow('operator')
  async rekey(): Promise<{ rewrapped: number }> {
    return { rewrapped: await this.vault.rewrap() };
  }

  /** Compares read models with the fold of the journal. Answers a line of JSON for each step. */
  @Post('verify')
  @HttpCode(200)
  @Allow('operator')
  async verify(
    @Body() { names, here }: VerifyCommand,
    @Res() reply: FastifyReply,
    @Headers('authorization') token?: string,
  ): Promise<void> {
    // None named is all.
    const { own, elsewhere } = await this.find(names?.length ? names : undefined, here, token);
    await lines(reply, async (progress, signal) => {
      const readModels: Verified['readModels'] = [];
      for (const [runner, models] of own) {
        const { schema } = runner.options.models;
        const compared = await verify(runner.options, models, (step) =>
          progress({ ...step, service: schema }),
        );
        for (const { readModel, ...comparison } of compared)
          readModels.push({ name: `${schema}.${readModel}`, ...comparison });
      }
      for (const [address, theirs] of elsewhere) {
        const verified = await this.peers.run<Verified>(
          address,
          'verify',
          { names: theirs },
          { token, signal, onProgress: progress },
        );
        readModels.push(...verified.readModels);
      }
      const differences = readModels.reduce((sum, model) => sum + model.differences, 0);
      return { differences, readModels } satisfies Verified;
    });
  }

  /** Where the read models are kept that these texts mean, or all there are. What is plainly ours needs nobody else. */
  private async find(texts: readonly string[] | undefined, here: boolean, token: string | undefined) {
    const ours = this.operations.readModels;
    const isOurs = (text: string) => ours.some((name) => name === text || name.startsWith(`${text}.`));
    const { readModels, away } =
      here || texts?.every(isOurs)
        ? { readModels: new Map<string, string>(), away: [] }
        : await this.peers.readModels(token);
    // Half of the system would not be an answer about all of it.
    if (!texts && away.length > 0) throw new RequestProblem(503, 'temporarily-unavailable', away.join(' '));
    const known = [...new Set([...ours, ...readModels.keys()])];
    const wanted = new Set(texts?.flatMap((text) => sought(text, known, away)) ?? known);
    const theirs = [...wanted].filter((name) => !ours.includes(name));
    return {
      own: this.operations.runnersOf([...wanted]),
      elsewhere: Map.groupBy(theirs, (name) => readModels.get(name)!),
    };
  }
}

interface Rebuilt {
  readModels: string[];
}

interface Verified {
  differences: number;
  readModels: (Omit<Comparison, 'readModel'> & { name: string })[];
}

/** What passes is told apart: the same may be asked again. */
function codeOf(error: unknown): string {
  if (error instanceof RequestProblem) return error.code;
  return isUnreachable(error) ? 'temporarily-unavailable' : 'failed';
}

/** How often a step that says nothing for long is told again, in milliseconds: whoever waits, or passes it on, knows that it goes on. */
const TOLD_AGAIN = 10_000;

/**
 * Streams progress and the result as newline-delimited JSON; a failure on the way is the last line. The signal is aborted when
 * nobody listens any more.
 */
async function lines(
  reply: FastifyReply,
  work: (progress: (step: Step) => void, signal: AbortSignal) => Promise<object>,
): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  let last = 0;
  let stage = '';
  let told = '';
  const progress = (step: Step) => {
    told = `${JSON.stringify({ progress: step })}\n`;
    // A line every tenth of a second is enough for a progress bar.
    if (step.stage === stage && Date.now() - last < 100) return;
    [last, stage] = [Date.now(), step.stage];
    reply.raw.write(told);
  };
  const again = setInterval(() => {
    if (told && Date.now() - last >= TOLD_AGAIN) reply.raw.write(told);
  }, TOLD_AGAIN);
  try {
    reply.raw.end(`${JSON.stringify({ result: await work(progress, left.signal) })}\n`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply.raw.end(`${JSON.stringify({ problem: { code: codeOf(error), message } })}\n`);
  } finally {
    clearInterval(again);
  }
}
