import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The order of a matrix's trials: they share the moment at which they were made. */
export class TrialPosition1795400600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "trials" ADD "position" BIGSERIAL NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "trials" DROP COLUMN "position"`);
  }
}
