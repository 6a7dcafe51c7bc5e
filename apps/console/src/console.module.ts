import { Module } from '@nestjs/common';
import { PageController } from './page.controller.js';

/** The web page at `/`. It asks the services' HTTP APIs in the browser and knows nothing else. */
@Module({ controllers: [PageController] })
export class ConsoleModule {}
