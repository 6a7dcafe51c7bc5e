import { Body, Controller, Get, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow, Answers, Field } from '@perennial/service';
import { Sources, type NewSource, type Source } from './sources.store.js';

class CreateSource {
  @Field.text({
    description: 'Name of the system that publishes: lower case, digits, hyphens.',
    maxLength: 60,
    pattern: /^[a-z0-9][a-z0-9-]*$/,
    example: 'web-shop',
  })
  name!: string;
}

class SourceAnswer implements Source {
  @Field.uuid({ description: 'Id of the source.' })
  id!: string;

  @Field.text({ description: 'Its name.' })
  name!: string;

  @Field.time({ description: 'When its key was made.' })
  createdAt!: Date;

  @Field.time({ description: 'Since when its key opens nothing.', nullable: true })
  disabledAt!: Date | null;
}

class NewSourceAnswer extends SourceAnswer implements NewSource {
  @Field.text({ description: 'Its write key. It is shown this once.' })
  writeKey!: string;
}

@ApiTags('sources')
@Controller('api/collector/sources')
@Allow('operator')
export class SourcesController {
  constructor(private readonly sources: Sources) {}

  /** All sources, without their keys. */
  @Get()
  @Answers([SourceAnswer])
  list(): Promise<Source[]> {
    return this.sources.list();
  }

  /** A new source with a write key. */
  @Post()
  @Answers(NewSourceAnswer, { status: 201 })
  create(@Body() { name }: CreateSource): Promise<NewSource> {
    return this.sources.create(name);
  }

  /** From now on its key opens nothing; other processes notice within ten seconds. */
  @Post(':id/disable')
  @Answers(SourceAnswer)
  disable(@Param('id', ParseUUIDPipe) id: string): Promise<Source> {
    return this.sources.disable(id);
  }
}
