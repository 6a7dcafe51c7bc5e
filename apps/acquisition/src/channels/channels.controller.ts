import { Controller, Get } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';

class ChannelMonth {
  @Field.text({ description: 'Channel of the first touch.', example: 'paid search' }) channel!: string;
  @Field.text({ description: 'First day of the month of the first touch.', example: '2026-03-01' })
  month!: string;
  @Field.integer({ description: 'Customers whose first touch that was.' }) customers!: number;
  @Field.integer({ description: 'Those of them that are known by name or account.' }) identified!: number;
  @Field.integer({ description: 'Those of them that placed an order since.' }) converted!: number;
  @Field.decimal({ description: 'converted divided by customers.', example: '0.0420' }) conversion!: string;
  @Field.decimal({ description: 'Median of days from first touch to first order.', nullable: true })
  medianDaysToConvert!: string | null;
}

@Controller('api/acquisition/channels')
@Allow('reader')
export class ChannelsController {
  constructor(@InjectDataSource('acquisition') private readonly acquisition: DataSource) {}

  /** What each channel brought, by the month of the first touch. */
  @Get()
  @Answers([ChannelMonth])
  list(): Promise<ChannelMonth[]> {
    return this.acquisition.query<ChannelMonth[]>(
      `select channel, month::text, customers, identified, converted, conversion::text,
              median_days_to_convert::text as "medianDaysToConvert"
         from channel_performance order by month, channel`,
    );
  }
}
