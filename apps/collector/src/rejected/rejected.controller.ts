import { Body, Controller, Delete, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow, Answers, CalledBy, keyOf, pageOf, Refused, type Caller, type Page } from '@perennial/service';
import { RejectedRetry } from './rejected-retry.js';
import {
  Correction,
  Dismissal,
  FiledAnswer,
  FileRejected,
  RejectedPage,
  RejectedQuery,
  RejectedSelection,
  RejectedWithBodyAnswer,
  RetriedAllAnswer,
  RetriedAnswer,
  RejectedAnswer,
} from './rejected.answers.js';
import { RejectedEvents, type Rejected, type RejectedWithBody } from './rejected-events.store.js';

const shown = (row: Rejected | RejectedWithBody): RejectedAnswer => {
  const { number: _, body: __, ...answer } = { body: null, ...row };
  return answer;
};

const bytesOf = (body: string | object): Buffer =>
  Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/** What could not be accepted, for those who run the system. */
@ApiTags('rejected events')
@Controller('api/collector/rejected')
@Allow('operator')
export class RejectedController {
  constructor(
    private readonly rejected: RejectedEvents,
    private readonly retries: RejectedRetry,
  ) {}

  /** The latest first, without what was sent. */
  @Get()
  @Answers(RejectedPage)
  async list(@Query() query: RejectedQuery): Promise<Page<RejectedAnswer>> {
    const { after, limit } = query;
    const [before] = keyOf(after, 1) ?? [];
    const number = before === undefined ? undefined : String(before);
    if (number !== undefined && !/^\d{1,18}$/.test(number)) {
      throw new Refused('invalid-cursor', '"after" is not of this list.', 'invalid');
    }
    const page = pageOf(await this.rejected.list(query, number, limit + 1), limit, (row) => [row.number]);
    return { ...page, items: page.items.map(shown) };
  }

  /** One, with what was sent. */
  @Get(':id')
  @Answers(RejectedWithBodyAnswer)
  async read(@Param('id', ParseUUIDPipe) id: string): Promise<RejectedWithBodyAnswer> {
    const row = await this.find(id);
    return Object.assign(shown(row), { body: row.body?.toString() ?? null });
  }

  /** Keeps what another part of the system could not turn into an event, such as a bad line of a file. */
  @Post()
  @Allow('operator', 'service')
  @Answers(FiledAnswer, { status: 201 })
  async file(@Body() filed: FileRejected): Promise<FiledAnswer> {
    const { origin, source, reference, code, message, body } = filed;
    const reason = { code, message, path: '' };
    const [id] = await this.rejected.file([
      { origin, source, reference, reason, body: bytesOf(body), receivedAt: new Date() },
    ]);
    return { id: id! };
  }

  /** Retries all open ones that match, as they were sent: after an update, or when the cause is gone. */
  @Post('retry')
  @Answers(RetriedAllAnswer)
  retryAll(@Body() filter: RejectedSelection, @CalledBy() { name }: Caller): Promise<RetriedAllAnswer> {
    return this.retries.retryAll(filter, name);
  }

  /** Retries one, as it was sent or corrected. */
  @Post(':id/retry')
  @Answers(RetriedAnswer)
  async retry(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { event }: Correction,
    @CalledBy() { name }: Caller,
  ): Promise<RetriedAnswer> {
    const { eventId, reason } = await this.retries.retry(open(await this.find(id)), name, event);
    if (reason) throw new Refused(reason.code, reason.message, 'invalid');
    return { id, eventId };
  }

  /** It will not be retried. It stays, with the reason. */
  @Post(':id/dismiss')
  @Answers(RejectedAnswer)
  async dismiss(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: Dismissal,
    @CalledBy() { name }: Caller,
  ): Promise<RejectedAnswer> {
    open(await this.find(id));
    await this.rejected.settle([{ id, by: name, status: 'dismissed', reason }]);
    return shown(await this.find(id));
  }

  /** The same as dismissing it. */
  @Delete(':id')
  @Answers(RejectedAnswer)
  remove(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() dismissal: Dismissal,
    @CalledBy() caller: Caller,
  ): Promise<RejectedAnswer> {
    return this.dismiss(id, dismissal, caller);
  }

  private async find(id: string): Promise<RejectedWithBody> {
    const found = await this.rejected.find(id);
    if (!found)
      throw new Refused('no-such-rejected-event', 'There is no rejected event of this id.', 'missing');
    return found;
  }
}

function open(row: RejectedWithBody): RejectedWithBody {
  if (row.status !== 'open') throw new Refused('already-settled', `It is ${row.status} already.`);
  return row;
}
