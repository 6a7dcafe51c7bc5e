import { Body, Controller, Get, Headers, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { Allow, Answers } from '@perennial/service';
import { IdempotencyKey, keyOfCommand, Stated } from '../identification/operator.commands.js';
import { EraseCustomer, ErasureCertificate } from './erasures.answers.js';
import { Erasures } from './erasures.js';

@Controller('api/acquisition/customers')
@Allow('operator')
export class ErasuresController {
  constructor(private readonly erasures: Erasures) {}

  /** Makes everything personal of a customer unreadable, everywhere and for ever. Nothing brings it back. */
  @Post(':id/erase')
  @IdempotencyKey()
  @Answers(Stated, { status: 202 })
  async erase(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: EraseCustomer,
    @Headers('idempotency-key') givenKey: string | undefined,
  ): Promise<Stated> {
    return { eventIds: await this.erasures.erase(id, { key: keyOfCommand(givenKey), reason }) };
  }

  /** Every place where anything of an erased customer can be, and what is there now. */
  @Get(':id/erasure')
  @Answers(ErasureCertificate)
  certificate(@Param('id', ParseUUIDPipe) id: string): Promise<ErasureCertificate> {
    return this.erasures.certificate(id);
  }
}
