import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { skuKey } from '@perennial/events';
import {
  Allow,
  Answers,
  Field,
  PageOf,
  PageQuery,
  Refused,
  invalidCursor,
  keyOf,
  pageOf,
} from '@perennial/service';
import type { DataSource } from 'typeorm';
import { periodUnits, type PeriodUnit } from '../cohorts/period.js';
import { AsOf, dayOf } from '../moments/as-of.js';
import { adoptionSeriesSql, levels, type Level } from './adoption.view.js';
import { LifeCycleAnswer, LifeCycleWithSeries, type SalesOfPeriod } from './life-cycle.answers.js';
import { lifeCycleOf } from './stage.js';

class LifeCyclesQuery extends PageQuery {
  @Field.oneOf({ description: 'Products or categories. Absent: product.', values: levels, optional: true })
  level?: Level;
  @Field.oneOf({
    description: 'Length of a period; weeks tell sooner, months more surely. Absent: month.',
    values: periodUnits,
    optional: true,
  })
  unit?: PeriodUnit;
  @AsOf() asOf?: string;
}

class LifeCycleQuery extends LifeCyclesQuery {
  @Field.text({ description: 'Product code, or category.', maxLength: 500 }) item!: string;
}

class LifeCyclesPage extends PageOf(LifeCycleAnswer) {}

interface Row {
  item: string;
  name: string;
  adopters: number;
  launchSeen: boolean;
  withdrawn: boolean;
  periods: number;
  asOf: string;
  series: SalesOfPeriod[];
}

const answerOf = ({ series, withdrawn, ...row }: Row, unit: PeriodUnit): LifeCycleAnswer => ({
  ...row,
  unit,
  ...lifeCycleOf({ ...row, unit, withdrawn, series }),
});

@Controller('api/retention/life-cycle')
@Allow('reader')
export class LifeCycleController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** The stage of each product or category, those with the most customers first. */
  @Get()
  @Answers(LifeCyclesPage)
  async list(@Query() { level = 'product', unit = 'month', asOf, limit, after }: LifeCyclesQuery) {
    const [adopters, item] = adoptersKeyOf(after);
    const rows = await this.rows(level, unit, [dayOf(asOf), null, adopters, item, limit + 1]);
    const { items, next } = pageOf(rows, limit, (row) => [row.adopters, row.item]);
    return { items: items.map((row) => answerOf(row, unit)), next };
  }

  /** The stage of one product or category, with the series that it is concluded from. */
  @Get('item')
  @Answers(LifeCycleWithSeries)
  async ofItem(
    @Query() { item, level = 'product', unit = 'month', asOf }: LifeCycleQuery,
  ): Promise<LifeCycleWithSeries> {
    const key = level === 'product' ? skuKey(item) : item;
    const [row] = await this.rows(level, unit, [dayOf(asOf), key, null, null, 1]);
    if (!row)
      throw new Refused('unknown-item', `Nobody has bought this ${level} in a complete period.`, 'missing');
    return Object.assign(answerOf(row, unit), { series: row.series });
  }

  private rows(level: Level, unit: PeriodUnit, parameters: unknown[]): Promise<Row[]> {
    return this.retention.query<Row[]>(adoptionSeriesSql(level, unit), parameters);
  }
}

/** Adopters and item in a cursor. Throws a problem (400) for others. */
function adoptersKeyOf(after: string | undefined): (string | number | null)[] {
  const [adopters, item] = keyOf(after, 2) ?? [null, null];
  if (adopters === null) return [null, null];
  if (!Number.isInteger(adopters) || typeof item !== 'string' || item.includes('\0')) throw invalidCursor();
  return [Number(adopters), item];
}
