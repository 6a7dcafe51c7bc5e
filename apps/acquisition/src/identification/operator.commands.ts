import { randomUUID } from 'node:crypto';
import { ApiHeader } from '@nestjs/swagger';
import { Field, RequestProblem } from '@perennial/service';

/** What a command answers. */
export class Stated {
  @Field.uuid({ description: 'Ids of the events that say it; none if it was so already.', list: true })
  eventIds!: string[];
}

export const IdempotencyKey = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Names the command: sent again with the same key, it states nothing new.',
  });

/** A key as given, or a new one. Throws a problem (400) for one that can't stand in an event's id. */
export function keyOfCommand(given: string | undefined): string {
  if (given === undefined) return randomUUID();
  if (!/^[\w.:-]{1,100}$/.test(given))
    throw new RequestProblem(
      400,
      'invalid-idempotency-key',
      'Idempotency-Key: 1 to 100 of A-Z a-z 0-9 _ . : -',
    );
  return given;
}

/** Who says what operators say. */
export const OPERATOR_SOURCE = '/perennial/operator';
