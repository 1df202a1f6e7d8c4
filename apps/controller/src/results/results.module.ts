import { Module } from '@nestjs/common';
import { ResultsController } from './results.controller.js';
import { ResultsService } from './results.service.js';
import { TrialsController } from './trials.controller.js';
import { TrialsService } from './trials.service.js';

@Module({ controllers: [ResultsController, TrialsController], providers: [ResultsService, TrialsService] })
export class ResultsModule {}
