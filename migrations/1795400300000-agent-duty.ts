import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators told each agent: to drain, to pause, or that it is locked out. */
export class AgentDuty1795400300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "agents" ADD "life_id" text`);
    await runner.query(`ALTER TABLE "agents" ADD "duty" text NOT NULL DEFAULT 'working'`);
    await runner.query(`ALTER TABLE "agents" ADD "duty_since" TIMESTAMP WITH TIME ZONE`);
    await runner.query(
      `ALTER TABLE "agents" ADD CONSTRAINT "agents_duty" CHECK (duty in ('working', 'draining', 'paused', 'revoked'))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "agents" DROP CONSTRAINT "agents_duty"`);
    for (const column of ['duty_since', 'duty', 'life_id'])
      await runner.query(`ALTER TABLE "agents" DROP COLUMN "${column}"`);
  }
}
