import { Module } from '@nestjs/common';
import { MatricesModule } from '../matrices/matrices.module.js';
import { GridController } from './grid.controller.js';
import { GridService } from './grid.service.js';
import { VerdictsController } from './verdicts.controller.js';
import { VerdictsService } from './verdicts.service.js';

@Module({
  imports: [MatricesModule],
  controllers: [VerdictsController, GridController],
  providers: [VerdictsService, GridService],
  exports: [VerdictsService],
})
export class VerdictsModule {}
