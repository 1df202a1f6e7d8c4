import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first schema: content, fleet, matrices, trials with their history, results with raw samples, verdicts. */
export class CreateSchema1795400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE "blobs" (
        "sha256" character(64) NOT NULL,
        "size_bytes" bigint NOT NULL,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_bf448430f9a07c61c2eb85de185" PRIMARY KEY ("sha256")
      )`);
    await runner.query(`CREATE TABLE "bundles" (
        "kind" text NOT NULL,
        "sha256" character(64) NOT NULL,
        "name" text NOT NULL,
        "files" jsonb NOT NULL,
        "size_bytes" bigint NOT NULL,
        "inspection" jsonb,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_99a87cf5cc2c7bf0056c4f8ac20" PRIMARY KEY ("kind", "sha256")
      )`);
    await runner.query(`CREATE TABLE "bundle_names" (
        "kind" text NOT NULL,
        "name" text NOT NULL,
        "sha256" character(64) NOT NULL,
        CONSTRAINT "PK_b71ee8ddd0fc1fd4b79149377a0" PRIMARY KEY ("kind", "name")
      )`);
    await runner.query(`CREATE TABLE "calibration_tables" (
        "key" text NOT NULL,
        "sha256" character(64) NOT NULL,
        "content" bytea NOT NULL,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_fdc3722ddcd9c32bc0ece75080a" PRIMARY KEY ("key")
      )`);
    await runner.query(`CREATE TABLE "agents" (
        "id" text NOT NULL,
        "name" text NOT NULL,
        "version" text NOT NULL,
        "slots" jsonb NOT NULL,
        "facts" jsonb NOT NULL,
        "controller_id" text,
        "last_seen_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT "PK_9c653f28ae19c5884d5baf6a1d9" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE TABLE "device_classes" (
        "device_class" text NOT NULL,
        "device" jsonb NOT NULL,
        "runtimes" jsonb NOT NULL,
        "noise_floor" double precision,
        "last_seen_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT "PK_799d4e97208d82154e32ab5ce5e" PRIMARY KEY ("device_class")
      )`);
    await runner.query(`CREATE TABLE "trials" (
        "id" uuid NOT NULL,
        "matrix_id" uuid NOT NULL,
        "cell_key" text NOT NULL,
        "device_class" text NOT NULL,
        "runtime" text NOT NULL,
        "spec" jsonb NOT NULL,
        "priority" integer NOT NULL,
        "state" text NOT NULL,
        "attempt" integer NOT NULL DEFAULT '0',
        "ticket" integer NOT NULL DEFAULT '0',
        "agent_id" text,
        "slot_id" text,
        "lease_at" TIMESTAMP WITH TIME ZONE,
        "progress" jsonb,
        "error" jsonb,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        "assigned_at" TIMESTAMP WITH TIME ZONE,
        "ended_at" TIMESTAMP WITH TIME ZONE,
        CONSTRAINT "trials_state" CHECK (state in ('queued', 'assigned', 'done', 'failed', 'cancelled')),
        CONSTRAINT "PK_afe5dc86ce7253d239c3dfea2d3" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "trials_open" ON "trials"  ("state") WHERE state in ('queued', 'assigned')`);
    await runner.query(`CREATE UNIQUE INDEX "trials_cell" ON "trials"  ("matrix_id", "cell_key")`);
    await runner.query(`CREATE TABLE "trial_events" (
        "id" BIGSERIAL NOT NULL,
        "trial_id" uuid NOT NULL,
        "at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        "state" text NOT NULL,
        "attempt" integer NOT NULL,
        "agent_id" text,
        "reason" text NOT NULL,
        "message" text,
        CONSTRAINT "PK_1284679cfeb6d4a566e63f3e4e6" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "trial_events_trial" ON "trial_events"  ("trial_id", "id")`);
    await runner.query(`CREATE TABLE "matrices" (
        "id" uuid NOT NULL,
        "name" text NOT NULL,
        "document" jsonb NOT NULL,
        "priority" integer NOT NULL,
        "cancelled" boolean NOT NULL DEFAULT false,
        "refused" jsonb NOT NULL,
        "waiting" jsonb NOT NULL,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_7dd0aefc0e43ac467022eda8fb5" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "matrices_name" ON "matrices"  ("name")`);
    await runner.query(`CREATE TABLE "results" (
        "trial_id" uuid NOT NULL,
        "attempt" integer NOT NULL,
        "agent_id" text NOT NULL,
        "record" jsonb NOT NULL,
        "accepted_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_5efb714afec0031a056fa9a9da2" PRIMARY KEY ("trial_id")
      )`);
    await runner.query(`CREATE TABLE "samples" (
        "trial_id" uuid NOT NULL,
        "round_index" integer NOT NULL,
        "label" text NOT NULL,
        "unit" text NOT NULL,
        "encoding" text NOT NULL,
        "count" integer NOT NULL,
        "data" bytea NOT NULL,
        CONSTRAINT "PK_525d40a26c030ed6cc60f69ed70" PRIMARY KEY ("trial_id", "round_index", "label")
      )`);
    await runner.query(`CREATE TABLE "telemetry" (
        "trial_id" uuid NOT NULL,
        "samples" jsonb NOT NULL,
        CONSTRAINT "PK_229bfb67de7b0346e22765aa67f" PRIMARY KEY ("trial_id")
      )`);
    await runner.query(`CREATE TABLE "verdicts" (
        "id" BIGSERIAL NOT NULL,
        "matrix_id" uuid NOT NULL,
        "trial_id" uuid,
        "model_name" text NOT NULL,
        "model_sha256" text,
        "device_class" text NOT NULL,
        "runtime" text NOT NULL,
        "batch" integer NOT NULL,
        "verdict" text NOT NULL,
        "row" jsonb NOT NULL,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_2c4a14769fb5ae0dac9cafbb941" PRIMARY KEY ("id")
      )`);
    await runner.query(`CREATE INDEX "verdicts_matrix" ON "verdicts"  ("matrix_id")`);
    await runner.query(`CREATE INDEX "verdicts_trial" ON "verdicts"  ("trial_id")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`DROP TABLE "${table}"`);
  }
}

const tables = [
  'verdicts',
  'telemetry',
  'samples',
  'results',
  'matrices',
  'trial_events',
  'trials',
  'device_classes',
  'agents',
  'calibration_tables',
  'bundle_names',
  'bundles',
  'blobs',
];
