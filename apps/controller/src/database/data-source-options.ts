import type { DataSourceOptions } from 'typeorm';
import * as migrations from '../../../../migrations/index.js';
import { entities } from './entities.js';

/** The one description of the database, for the controller, the migrations and the tests. Migrations run at start. */
export function dataSourceOptions(databaseUrl: string): DataSourceOptions & { type: 'postgres' } {
  return {
    type: 'postgres',
    url: databaseUrl,
    entities,
    migrations: Object.values(migrations),
    migrationsRun: true,
    migrationsTransactionMode: 'each',
    synchronize: false,
    applicationName: 'octet-controller',
    poolSize: 16,
    connectTimeoutMS: 5000,
    extra: { idleTimeoutMillis: 30_000 },
    logging: false,
  };
}
