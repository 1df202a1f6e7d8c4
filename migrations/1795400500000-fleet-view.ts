import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the fleet's view asks for: the last reading of each device, and how long the last trials of a lane took. */
export class FleetView1795400500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "agents" ADD "readings" jsonb NOT NULL DEFAULT '{}'`);
    await runner.query(
      `CREATE INDEX "trials_lane_ended" ON "trials"  ("device_class", "runtime", "ended_at") WHERE state = 'done'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX "trials_lane_ended"`);
    await runner.query(`ALTER TABLE "agents" DROP COLUMN "readings"`);
  }
}
