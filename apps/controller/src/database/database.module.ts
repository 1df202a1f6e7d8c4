import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CONFIG, type ControllerConfig } from '../config.js';
import { dataSourceOptions } from './data-source-options.js';

/** Connects, brings the schema up to date, and gives every module the DataSource. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: ControllerConfig) => ({ ...dataSourceOptions(config.databaseUrl), retryAttempts: 0 }),
    }),
  ],
})
export class DatabaseModule {}
