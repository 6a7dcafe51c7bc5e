import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow } from '../access/allow.js';
import { Health, type Readiness } from './health.js';

@ApiExcludeController()
@Controller('health')
@Allow('anyone')
export class HealthController {
  constructor(private readonly health: Health) {}

  /** The process runs. It says nothing of what it needs: a restart would not bring a database back. */
  @Get('live')
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    void reply.status(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  }
}
