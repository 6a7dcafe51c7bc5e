import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field, keyOf, PageOf, pageOf, PageQuery, Refused } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { ScoringClock } from '../scores/scoring.clock.js';
import { DEFAULT_ASSUMPTIONS, type Assumptions } from './models.decider.js';

class ListedModels {
  @Field.integer({ description: 'Version.' }) version!: number;
  @Field.time({ description: 'When it was fitted.' }) fittedAt!: Date;
  @Field.text({ description: 'Data cut: the fit knows orders up to the end of this day.' }) asOf!: string;
  @Field.text({ description: 'Why it was fitted.' }) reason!: string;
  @Field.integer({ description: 'Customers with an order until then.' }) customers!: number;
  @Field.integer({ description: 'Customers with orders on more than one day.' }) repeatCustomers!: number;
  @Field.integer({ description: 'Subscriptions that had begun until then.' }) subscriptions!: number;
  @Field.text({ description: 'Model of orders that was chosen; null: nobody had ordered.', nullable: true })
  orderModel!: string | null;
  @Field.text({ description: 'Model of what an order is worth.', nullable: true }) spendModel!: string | null;
  @Field.boolean({
    description: 'Whether the fit to orders ended at a maximum; null: nobody had ordered.',
    nullable: true,
  })
  converged!: boolean | null;
  @Field.text({ description: 'Prior that the fit leans on, in words.', nullable: true })
  prior!: string | null;
  @Field.boolean({ description: 'Whether scores are computed by it.' }) inForce!: boolean;
}

class ModelsPage extends PageOf(ListedModels) {}

class FitFailed {
  @Field.time({ description: 'When.' }) failedAt!: Date;
  @Field.text({ description: 'Data cut of the fit.' }) asOf!: string;
  @Field.integer({ description: 'Version that stayed in force.', nullable: true }) keptVersion!:
    number | null;
  @Field.text({ description: 'What went wrong.' }) problem!: string;
}

class FitModels {
  @Field.integer({ description: 'Days ahead.', min: 1, max: 3650, optional: true }) horizonDays?: number;
  @Field.number({
    description:
      'Discount a year: 0.01 to 1. Without any, all that is still to come would have no end for models in which some never leave.',
    min: 0.01,
    max: 1,
    optional: true,
  })
  discountRate?: number;
  @Field.number({
    description: 'Part of revenue that counts as value where no cost is known: above 0, to 1.',
    min: 0.0001,
    max: 1,
    optional: true,
  })
  marginRate?: number;
  @Field.number({ description: 'Risk from which on it is elevated.', min: 0, max: 1, optional: true })
  elevatedRisk?: number;
  @Field.number({ description: 'Risk from which on it is high.', min: 0, max: 1, optional: true })
  highRisk?: number;
  @Field.number({
    description: 'How far outside of its band a risk has to be.',
    min: 0,
    max: 0.25,
    optional: true,
  })
  hysteresis?: number;
}

const listed = `version, fitted_at as "fittedAt", as_of::text as "asOf", reason, customers,
  subscriptions, repeat_customers as "repeatCustomers", order_model as "orderModel", spend_model as "spendModel", converged, prior,
  version = (select model_version from scoring) as "inForce"`;

@Controller('api/retention/models')
@Allow('reader')
export class ModelsController {
  constructor(
    @InjectDataSource('retention') private readonly retention: DataSource,
    private readonly clock: ScoringClock,
  ) {}

  /** The versions of the models, the latest first. */
  @Get()
  @Answers(ModelsPage)
  async list(@Query() { limit, after }: PageQuery) {
    const [before] = keyOf(after, 1) ?? [null];
    const rows = await this.retention.query<ListedModels[]>(
      `select ${listed} from models where $1::text is null or version < $1::numeric order by version desc limit $2`,
      [before === null ? null : String(Number(before)), limit + 1],
    );
    return pageOf(rows, limit, ({ version }) => [version]);
  }

  /** Fits that did not succeed, the latest first. */
  @Get('failures')
  @Answers([FitFailed])
  failures(): Promise<FitFailed[]> {
    return this.retention.query<FitFailed[]>(
      `select failed_at as "failedAt", as_of::text as "asOf", kept_version as "keptVersion", problem
         from fit_failure order by failed_at desc, event_id limit 100`,
    );
  }

  /** Everything that is known of a version: parameters, errors, the holdout of all candidates. */
  @Get(':version')
  async version(@Param('version', ParseIntPipe) version: number): Promise<object> {
    const [found] = await this.retention.query<{ fitted: object; fittedAt: Date }[]>(
      `select fitted, fitted_at as "fittedAt" from model where version = $1`,
      [version],
    );
    if (!found)
      throw new Refused('unknown-version', `There is no version ${version} of the models.`, 'missing');
    return { ...found.fitted, fittedAt: found.fittedAt };
  }

  /** Fits the models now, with other assumptions where some are given, and scores everybody by them. */
  @Post()
  @HttpCode(200)
  @Allow('operator')
  async fit(@Body() changes: FitModels): Promise<object> {
    const [inForce = DEFAULT_ASSUMPTIONS] = await this.retention.query<Assumptions[]>(
      `select (fitted -> 'assumptions' ->> 'elevatedRisk')::float8 as "elevatedRisk",
              (fitted -> 'assumptions' ->> 'highRisk')::float8 as "highRisk"
         from model order by version desc limit 1`,
    );
    const { elevatedRisk = inForce.elevatedRisk, highRisk = inForce.highRisk } = changes;
    if (elevatedRisk > highRisk)
      throw new Refused(
        'bands-crossed',
        `elevatedRisk (${elevatedRisk}) must not be above highRisk (${highRisk}).`,
        'invalid',
      );
    const { models, problem } = await this.clock.fitNow(changes);
    const { current } = models;
    if (problem !== undefined || !current)
      throw new Refused(
        'nothing-fitted',
        `${problem ?? 'Nothing was fitted.'}${current ? ` Version ${current.version} stays in force.` : ''}`,
      );
    return { ...current };
  }
}
