import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Type } from 'class-transformer';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Type as Class } from '@nestjs/common';
import { RequestProblem } from '../problems/problem.js';

/** A part of a list in a stable sequence. */
export interface Page<Item> {
  items: Item[];
  /** Give it as `after` to read on; null at the end. */
  next: string | null;
}

/** Query of a list: `?limit=50&after=…`. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'How many to answer at most.', default: 50, minimum: 1, maximum: 500 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  after?: string;
}

/** A value of the columns that a list is sorted by. */
export type KeyValue = string | number | boolean | null;

/** The key of a row, as a text that callers give back unread. */
export const cursorOf = (key: readonly KeyValue[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

/** What is answered to the cursor of another list, or to none at all. */
export const invalidCursor = (): RequestProblem =>
  new RequestProblem(400, 'invalid-cursor', '"after" is not the "next" of a page of this list.');

/** A part of a cursor that is the id of a subject, a customer or an event. */
export const uuidPart = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The key in a cursor, for `where (a, b) > ($1, $2)`; undefined at the start of a list. Throws a problem
 * (400) for what is not a cursor of this list. Its values come from outside: pass them as parameters.
 */
export function keyOf(cursor: string | undefined, length: number): KeyValue[] | undefined {
  if (cursor === undefined) return undefined;
  const key = parsed(cursor);
  const isKey =
    Array.isArray(key) &&
    key.length === length &&
    key.every((value) => value === null || ['string', 'number', 'boolean'].includes(typeof value));
  if (!isKey) throw invalidCursor();
  return key as KeyValue[];
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A page from rows read with `limit + 1`: the one too many tells that there are more. */
export function pageOf<Item>(
  rows: Item[],
  limit: number,
  key: (row: Item) => readonly KeyValue[],
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(key(last)) : null };
}

/** The class that describes a page to OpenAPI: `class LeadPage extends PageOf(Lead) {}`. */
export function PageOf<Item>(ItemClass: Class<Item>): Class<Page<Item>> {
  class PageOfItems implements Page<Item> {
    @ApiProperty({ type: [ItemClass] })
    items!: Item[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'Give it as `after` to read on; null at the end.',
    })
    next!: string | null;
  }
  return PageOfItems;
}
