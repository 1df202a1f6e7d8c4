import { Module } from '@nestjs/common';
import { MatricesModule } from '../matrices/matrices.module.js';
import { VerdictsModule } from '../verdicts/verdicts.module.js';
import { CurvesService } from './curves.service.js';
import { ProofsService } from './proofs.service.js';
import { RolloutsController } from './rollouts.controller.js';

@Module({
  imports: [MatricesModule, VerdictsModule],
  controllers: [RolloutsController],
  providers: [CurvesService, ProofsService],
})
export class RolloutsModule {}
