import { Module } from '@nestjs/common';
import { ReadModelsModule } from '@perennial/read-models';
import { Service } from '@perennial/service';
import { AlsoBoughtController } from './also-bought/also-bought.controller.js';
import { HistoryController } from './history/history.controller.js';
import { ProductsController } from './products/products.controller.js';
import { recommendations } from './recommendations.read-models.js';

@Service({
  name: 'recommendations',
  description: 'What to offer next: products, what is bought together, what each customer has bought.',
})
@Module({
  imports: [ReadModelsModule.of(recommendations)],
  controllers: [ProductsController, AlsoBoughtController, HistoryController],
})
export class RecommendationsModule {}
