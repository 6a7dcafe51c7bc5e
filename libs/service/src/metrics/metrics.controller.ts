import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Allow } from '../access/allow.js';
import { Metrics } from './metrics.js';

@ApiExcludeController()
@Controller('metrics')
@Allow('anyone')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Numbers of the machine and of routes, none of customers; an ingress need not publish it. */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
