import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** The A/A control inside a trial's result: what its float engine and that engine's twin differed by. */
@Entity('control_trials')
@Index('control_trials_class', ['deviceClass', 'day', 'acceptedAt'])
export class ControlTrialEntity {
  @PrimaryColumn({ name: 'trial_id', type: 'uuid', primaryKeyConstraintName: 'control_trials_pkey' })
  trialId: string;

  @Column({ name: 'device_class', type: 'text' })
  deviceClass: string;

  /** Day of the measurement, `YYYY-MM-DD` (UTC). */
  @Column({ type: 'text' })
  day: string;

  /** Ratio of the two and its interval; without unit, truth 1. */
  @Column({ type: 'double precision' })
  median: number;

  @Column({ type: 'double precision' })
  low: number;

  @Column({ type: 'double precision' })
  high: number;

  @Column({ type: 'boolean' })
  unstable: boolean;

  @CreateDateColumn({ name: 'accepted_at', type: 'timestamptz' })
  acceptedAt: Date;
}
