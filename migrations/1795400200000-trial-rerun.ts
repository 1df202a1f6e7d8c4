import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which trial another one measures again. */
export class TrialRerun1795400200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "trials" ADD "rerun_of" uuid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "trials" DROP COLUMN "rerun_of"`);
  }
}
