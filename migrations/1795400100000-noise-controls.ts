import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A/A controls of each device class, and the noise floor that each verdict was judged with. */
export class NoiseControls1795400100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE "control_trials" (
        "trial_id" uuid NOT NULL,
        "device_class" text NOT NULL,
        "day" text NOT NULL,
        "median" double precision NOT NULL,
        "low" double precision NOT NULL,
        "high" double precision NOT NULL,
        "unstable" boolean NOT NULL,
        "accepted_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "control_trials_pkey" PRIMARY KEY ("trial_id")
      )`);
    await runner.query(
      `CREATE INDEX "control_trials_class" ON "control_trials"  ("device_class", "day", "accepted_at")`,
    );
    await runner.query(`ALTER TABLE "verdicts" ADD "noise_floor" double precision`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "verdicts" DROP COLUMN "noise_floor"`);
    await runner.query(`DROP TABLE "control_trials"`);
  }
}
