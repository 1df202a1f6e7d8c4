import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ModelsModule } from '../models/models.module.js';
import { MatricesController } from './matrices.controller.js';
import { MatricesService } from './matrices.service.js';
import { MatrixResolver } from './matrix-resolver.js';
import { MatrixStore } from './matrix-store.js';
import { ReexpansionService } from './reexpansion.service.js';
import { RerunService } from './rerun.service.js';

@Module({
  imports: [ModelsModule, DatasetsModule],
  controllers: [MatricesController],
  providers: [MatricesService, MatrixResolver, MatrixStore, ReexpansionService, RerunService],
  exports: [ReexpansionService, MatrixStore, MatricesService, MatrixResolver],
})
export class MatricesModule {}
