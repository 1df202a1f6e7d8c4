import 'reflect-metadata';
import { testServices, type TestServices } from '@octet/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../../apps/controller/src/database/data-source-options.js';

describe('the schema', () => {
  let services: TestServices;
  let database: DataSource;

  beforeAll(async () => {
    services = await testServices();
    database = await new DataSource(dataSourceOptions(services.databaseUrl)).initialize();
  });
  afterAll(async () => {
    await database.destroy();
    await services.stop();
  });

  it('is what the entities say once the migrations have run', async () => {
    const drift = await database.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map((query) => query.query)).toEqual([]);
  });

  it('has a table for each entity and no other', async () => {
    const tables = await database.query<{ name: string }[]>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const expected = [...database.entityMetadatas.map((entity) => entity.tableName), 'migrations'];
    expect(tables.map((table) => table.name).sort()).toEqual(expected.sort());
  });

  it('can be undone and made again', async () => {
    const applied = database.migrations.length;
    for (let count = 0; count < applied; count += 1) await database.undoLastMigration();
    const left = await database.query<unknown[]>(
      `select 1 from information_schema.tables where table_schema = 'public' and table_name <> 'migrations'`,
    );
    expect(left).toEqual([]);
    expect(await database.runMigrations()).toHaveLength(applied);
  });
});
