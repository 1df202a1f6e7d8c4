import type { Refusal, TrialSpec } from '@octet/domain';
import type { TrialProgress, TrialState } from '@octet/protocol';
import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Generated,
  Index,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';

/** One trial: Postgres is the truth about it, the Bull job only its ticket in a lane. */
@Entity('trials')
@Index('trials_cell', ['matrixId', 'cellKey'], { unique: true })
@Index('trials_open', ['state'], { where: `state in ('queued', 'assigned')` })
@Index('trials_lane_ended', ['deviceClass', 'runtime', 'endedAt'], { where: `state = 'done'` })
@Check('trials_state', `state in ('queued', 'assigned', 'done', 'failed', 'cancelled')`)
export class TrialEntity {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ name: 'matrix_id', type: 'uuid' })
  matrixId: string;

  /** Hash of the spec: expanding a matrix again adds no trial twice. */
  @Column({ name: 'cell_key', type: 'text' })
  cellKey: string;

  @Column({ name: 'device_class', type: 'text' })
  deviceClass: string;

  @Column({ type: 'text' })
  runtime: string;

  @Column({ type: 'jsonb' })
  spec: TrialSpec;

  @Column({ type: 'integer' })
  priority: number;

  @Column({ type: 'text' })
  state: TrialState;

  /** The fencing counter: raised by the UPDATE that assigns; only results of the current one count. */
  @Column({ type: 'integer', default: 0 })
  attempt: number;

  /** Generation of the Bull job (`<id>.<ticket>`): raised whenever the trial is put into its lane anew. */
  @Column({ type: 'integer', default: 0 })
  ticket: number;

  @Column({ name: 'agent_id', type: 'text', nullable: true })
  agentId: string | null;

  @Column({ name: 'slot_id', type: 'text', nullable: true })
  slotId: string | null;

  /** Last time a controller saw the agent work on the current attempt; an assignment is dead when this is too old. */
  @Column({ name: 'lease_at', type: 'timestamptz', nullable: true })
  leaseAt: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  progress: TrialProgress | null;

  @Column({ type: 'jsonb', nullable: true })
  error: Refusal | null;

  /** The trial that this one measures again. */
  @Column({ name: 'rerun_of', type: 'uuid', nullable: true })
  rerunOf: string | null;

  /** Place among all trials: those of one matrix are made at one moment, in the order of its file. */
  @Column({ type: 'bigint' })
  @Generated('increment')
  position: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ name: 'assigned_at', type: 'timestamptz', nullable: true })
  assignedAt: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;
}

/** One step of a trial's life. */
@Entity('trial_events')
@Index('trial_events_trial', ['trialId', 'id'])
export class TrialEventEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;

  @Column({ name: 'trial_id', type: 'uuid' })
  trialId: string;

  @CreateDateColumn({ type: 'timestamptz' })
  at: Date;

  @Column({ type: 'text' })
  state: TrialState;

  @Column({ type: 'integer' })
  attempt: number;

  @Column({ name: 'agent_id', type: 'text', nullable: true })
  agentId: string | null;

  @Column({ type: 'text' })
  reason: string;

  @Column({ type: 'text', nullable: true })
  message: string | null;
}
