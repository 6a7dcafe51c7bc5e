import { Body, Controller, Get, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import type { Vault } from '@perennial/privacy';
import { Allow, Field, RequestProblem } from '@perennial/service';
import type { FastifyReply } from 'fastify';
import type { BuildProgress } from '../runner/build.js';
import { rebuild, verify, type Comparison } from '../runner/rebuild.js';
import type { Runner } from '../runner/runner.js';
import { Operations, type Status, type SubjectFound } from './operations.js';
import { VAULT } from './platform.module.js';

class StatusQuery {
  @Field.integer({
    description: 'Counts may be this many seconds old: counting large tables takes time.',
    min: 0,
    max: 3600,
    optional: true,
  })
  maxAge: number = 0;
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
}

class VerifyCommand {
  @Field.text({ description: 'Read models to compare; absent: all.', list: 500, optional: true })
  names?: string[];
}

/** What operators ask of the services in this process. */
@Controller('api/operations')
export class OperationsController {
  constructor(
    private readonly operations: Operations,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Get('status')
  @Allow('reader', 'operator')
  status(@Query() { maxAge }: StatusQuery): Promise<Status> {
    return this.operations.status(maxAge);
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
  async rebuild(@Body() { name }: RebuildCommand, @Res() reply: FastifyReply): Promise<void> {
    const [[runner, names]] = this.operations.find([name]) as [[Runner, string[]]];
    await lines(reply, runner.options.models.schema, async (progress) => ({
      readModels: (await rebuild(runner.options, names, progress)).map(
        (model) => `${runner.options.models.schema}.${model.name}`,
      ),
    }));
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
  async verify(@Body() { names }: VerifyCommand, @Res() reply: FastifyReply): Promise<void> {
    const wanted = names ? this.operations.find(names) : this.operations.everything();
    await lines(reply, undefined, async (progress) => {
      const readModels: (Omit<Comparison, 'readModel'> & { name: string })[] = [];
      for (const [runner, models] of wanted) {
        const { schema } = runner.options.models;
        const compared = await verify(runner.options, models, (step) =>
          progress({ ...step, service: schema }),
        );
        for (const { readModel, ...comparison } of compared)
          readModels.push({ name: `${schema}.${readModel}`, ...comparison });
      }
      return { differences: readModels.reduce((sum, { differences }) => sum + differences, 0), readModels };
    });
  }
}

type Progress = BuildProgress & { service?: string };

/** Streams progress and the result as newline-delimited JSON; a failure on the way is the last line. */
async function lines(
  reply: FastifyReply,
  service: string | undefined,
  work: (progress: (step: Progress) => void) => Promise<object>,
): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  let last = 0;
  let stage = '';
  const progress = (step: Progress) => {
    // A line every tenth of a second is enough for a progress bar.
    if (step.stage === stage && Date.now() - last < 100) return;
    [last, stage] = [Date.now(), step.stage];
    reply.raw.write(`${JSON.stringify({ progress: { service, ...step } })}\n`);
  };
  try {
    reply.raw.end(`${JSON.stringify({ result: await work(progress) })}\n`);
  } catch (error) {
    reply.raw.end(
      `${JSON.stringify({ problem: { code: 'failed', message: error instanceof Error ? error.message : String(error) } })}\n`,
    );
  }
}
