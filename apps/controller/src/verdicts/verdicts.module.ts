import { Module } from '@nestjs/common';
import { MatricesModule } from '../matrices/matrices.module.js';
import { VerdictsController } from './verdicts.controller.js';
import { VerdictsService } from './verdicts.service.js';

@Module({ imports: [MatricesModule], controllers: [VerdictsController], providers: [VerdictsService] })
export class VerdictsModule {}
