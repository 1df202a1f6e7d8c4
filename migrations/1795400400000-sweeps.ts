import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Grids over weights and input size, measured by `octet sweep`. */
export class Sweeps1795400400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE "sweeps" (
        "id" uuid NOT NULL,
        "device_class" text NOT NULL,
        "runtime" text NOT NULL,
        "family" text NOT NULL,
        "measured_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        "document" jsonb NOT NULL,
        "stored_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "sweeps_pkey" PRIMARY KEY ("id")
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX "sweeps_once" ON "sweeps"  ("device_class", "runtime", "family", "measured_at")`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "sweeps"`);
  }
}
