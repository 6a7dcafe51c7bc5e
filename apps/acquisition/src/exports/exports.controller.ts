import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { Allow, Answers, PageQuery, invalidCursor, keyOf, pageOf, uuidPart } from '@perennial/service';
import { ExportedEventPage } from './exports.answers.js';
import { Exports, type Place } from './exports.js';

/** The place in a cursor. Throws a problem (400) for others. */
function placeOf(after: string | undefined): Place | undefined {
  const key = keyOf(after, 2);
  if (!key) return undefined;
  const [subjectId, version] = key;
  if (typeof subjectId !== 'string' || !uuidPart.test(subjectId) || !Number.isSafeInteger(version))
    throw invalidCursor();
  return { subjectId, version: version as number };
}

@Controller('api/acquisition/customers')
@Allow('operator')
export class ExportsController {
  constructor(private readonly exports: Exports) {}

  /** Everything that is recorded about a customer under all its identifiers, in the clear. */
  @Get(':id/events')
  @Answers(ExportedEventPage)
  async events(@Param('id', ParseUUIDPipe) id: string, @Query() { limit, after }: PageQuery) {
    const events = await this.exports.events(id, placeOf(after), limit + 1);
    return pageOf(events, limit, ({ subjectId, version }) => [subjectId, version]);
  }
}
