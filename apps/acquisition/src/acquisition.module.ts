import { Module } from '@nestjs/common';
import { ReadModelsModule } from '@perennial/read-models';
import { Service } from '@perennial/service';
import { acquisition } from './acquisition.read-models.js';
import { ChannelsController } from './channels/channels.controller.js';
import { CustomersController } from './customers/customers.controller.js';
import { ErasuresController } from './erasures/erasures.controller.js';
import { Erasures } from './erasures/erasures.js';
import { ExportsController } from './exports/exports.controller.js';
import { Exports } from './exports/exports.js';
import { IdentificationController } from './identification/identification.controller.js';

@Service({
  name: 'acquisition',
  description: 'Who the customers are, under which identifiers, what brought them and what made them buyers.',
})
@Module({
  imports: [ReadModelsModule.of(acquisition)],
  controllers: [
    CustomersController,
    IdentificationController,
    ErasuresController,
    ExportsController,
    ChannelsController,
  ],
  providers: [Erasures, Exports],
})
export class AcquisitionModule {}
