import { Field } from '@perennial/service';

class Curve {
  @Field.number({ description: 'Coefficient of innovation, for one period.' }) p!: number;
  @Field.number({ description: 'Coefficient of imitation, for one period.' }) q!: number;
  @Field.number({ description: 'How many customers adopt in the end.' }) m!: number;
}

class FittedCurve extends Curve {
  @Field.object({ description: 'Standard errors of p, q and m.', of: () => Curve, nullable: true })
  standardErrors!: Curve | null;
  @Field.boolean({ description: 'Whether the fit converged.' }) converged!: boolean;
  @Field.number({ description: 'Share of the variance of adopters by period that it explains.' })
  explained!: number;
  @Field.number({
    description:
      'Periods from the launch to the most new customers, in the past or to come; 0: they fall from the start.',
  })
  peak!: number;
  @Field.text({ description: 'What a reader must know of the fit.', list: true }) problems!: string[];
}

class TrendOfSales {
  @Field.integer({ description: 'Periods that it was tested on.' }) observations!: number;
  @Field.integer({ description: "Kendall's S: pairs of periods that rise less those that fall." })
  score!: number;
  @Field.number({ description: 'S in units of its standard deviation.' }) z!: number;
  @Field.number({ description: 'Two-sided probability of so much of a trend by chance.' })
  probability!: number;
  @Field.number({
    description: 'Pieces more or less from one period to the next: median of all pairs (Sen).',
  })
  slope!: number;
  @Field.number({ description: 'Median of the pieces sold in a period.' }) level!: number;
}

export class SalesOfPeriod {
  @Field.integer({ description: 'Periods since the first sale.' }) since!: number;
  @Field.text({ description: 'First day of the period.', example: '2026-03-01' }) period!: string;
  @Field.integer({ description: 'Customers who bought it for the first time.' }) adopters!: number;
  @Field.integer({ description: 'Customers who bought it.' }) buyers!: number;
  @Field.number({ description: 'Pieces sold.' }) units!: number;
}

export class LifeCycleAnswer {
  @Field.text({ description: 'Product code in capitals, or category.', example: 'LAMP' }) item!: string;
  @Field.text({ description: 'Name of the product, or the category.' }) name!: string;
  @Field.text({ description: 'Day as of which is computed; its own period is left out.' }) asOf!: string;
  @Field.text({ description: 'Length of a period.', example: 'month' }) unit!: string;
  @Field.integer({ description: 'Complete periods since the first sale.' }) periods!: number;
  @Field.integer({ description: 'Customers who have bought it.' }) adopters!: number;
  @Field.boolean({ description: 'Whether the first sale is its launch, not just the beginning of the data.' })
  launchSeen!: boolean;
  @Field.oneOf({
    description: 'The stage; null if the data do not tell.',
    values: ['introduction', 'growth', 'maturity', 'decline'],
    nullable: true,
  })
  stage!: string | null;
  @Field.oneOf({
    description: 'What tells: its adoption curve, the trend of its sales, or that it was withdrawn.',
    values: ['adoption', 'sales', 'listing'],
    nullable: true,
  })
  basis!: string | null;
  @Field.text({ description: 'Why, in a sentence.' }) because!: string;
  @Field.object({ description: 'Bass curve of its adoption.', of: () => FittedCurve, nullable: true })
  curve!: FittedCurve | null;
  @Field.object({ description: 'Mann-Kendall test of its sales.', of: () => TrendOfSales, nullable: true })
  trend!: TrendOfSales | null;
}

export class LifeCycleWithSeries extends LifeCycleAnswer {
  @Field.object({ description: 'What it is concluded from.', of: () => SalesOfPeriod, list: true })
  series!: SalesOfPeriod[];
}
