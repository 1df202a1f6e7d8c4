import type { TelemetrySample, TrialRecord } from '@octet/domain';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** The record without what has its own table. Each round keeps `samples: {}`. */
export type StoredRecord = Omit<TrialRecord, 'telemetry'>;

/** The one accepted result of a trial: the primary key is the unique index that the design asks for. */
@Entity('results')
export class ResultEntity {
  @PrimaryColumn({ name: 'trial_id', type: 'uuid' })
  trialId: string;

  @Column({ type: 'integer' })
  attempt: number;

  @Column({ name: 'agent_id', type: 'text' })
  agentId: string;

  @Column({ type: 'jsonb' })
  record: StoredRecord;

  @CreateDateColumn({ name: 'accepted_at', type: 'timestamptz' })
  acceptedAt: Date;
}

/** Raw samples of one engine in one round: little-endian int32 or float64, nanoseconds of one execution of the batch. */
@Entity('samples')
export class SampleEntity {
  @PrimaryColumn({ name: 'trial_id', type: 'uuid' })
  trialId: string;

  @PrimaryColumn({ name: 'round_index', type: 'integer' })
  roundIndex: number;

  @PrimaryColumn({ type: 'text' })
  label: string;

  @Column({ type: 'text' })
  unit: 'ns';

  @Column({ type: 'text' })
  encoding: 'int32' | 'float64';

  @Column({ type: 'integer' })
  count: number;

  @Column({ type: 'bytea' })
  data: Buffer;
}

@Entity('telemetry')
export class TelemetryEntity {
  @PrimaryColumn({ name: 'trial_id', type: 'uuid' })
  trialId: string;

  @Column({ type: 'jsonb' })
  samples: TelemetrySample[];
}
