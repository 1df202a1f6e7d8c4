import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth/auth.guard.js';
import { SessionController } from './auth/session.controller.js';
import { TOKENS, type Tokens } from './auth/tokens.js';
import { BlobsModule } from './blobs/blobs.module.js';
import { CalibrationTablesModule } from './calibration-tables/calibration-tables.module.js';
import { CONFIG, type ControllerConfig } from './config.js';
import { DatabaseModule } from './database/database.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { OctetErrorFilter } from './edge/octet-error.filter.js';
import { FleetModule } from './fleet/fleet.module.js';
import { HealthModule } from './health/health.module.js';
import { ImportsModule } from './imports/imports.module.js';
import { LanesModule } from './lanes/lanes.module.js';
import { LiveModule } from './live/live.module.js';
import { MatricesModule } from './matrices/matrices.module.js';
import { ModelsModule } from './models/models.module.js';
import { NoiseModule } from './noise/noise.module.js';
import { ResultsModule } from './results/results.module.js';
import { SweepsModule } from './sweeps/sweeps.module.js';
import { RolloutsModule } from './rollouts/rollouts.module.js';
import { VerdictsModule } from './verdicts/verdicts.module.js';

/** The whole controller for one configuration. */
@Module({})
export class AppModule {
  static for(config: ControllerConfig, tokens: Tokens): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [
        DatabaseModule,
        LanesModule,
        BlobsModule,
        ModelsModule,
        DatasetsModule,
        CalibrationTablesModule,
        MatricesModule,
        FleetModule,
        ResultsModule,
        ImportsModule,
        VerdictsModule,
        SweepsModule,
        RolloutsModule,
        NoiseModule,
        LiveModule,
        HealthModule,
      ],
      controllers: [SessionController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: TOKENS, useValue: tokens },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useClass: OctetErrorFilter },
      ],
      exports: [CONFIG, TOKENS],
    };
  }
}
