import type { ResultRow, Verdict } from '@octet/domain';
import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** One row of `verdicts --json`: of a trial and recipe, or of a cell that was answered without a trial. */
@Entity('verdicts')
@Index('verdicts_trial', ['trialId'])
@Index('verdicts_matrix', ['matrixId'])
export class VerdictEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;

  @Column({ name: 'matrix_id', type: 'uuid' })
  matrixId: string;

  /** null for a cell that never became a trial. */
  @Column({ name: 'trial_id', type: 'uuid', nullable: true })
  trialId: string | null;

  @Column({ name: 'model_name', type: 'text' })
  modelName: string;

  @Column({ name: 'model_sha256', type: 'text', nullable: true })
  modelSha256: string | null;

  @Column({ name: 'device_class', type: 'text' })
  deviceClass: string;

  @Column({ type: 'text' })
  runtime: string;

  @Column({ type: 'integer' })
  batch: number;

  @Column({ type: 'text' })
  verdict: Verdict;

  @Column({ type: 'jsonb' })
  row: ResultRow;

  /** Noise floor that the row was judged with, relative; null where nothing was measured. */
  @Column({ name: 'noise_floor', type: 'double precision', nullable: true })
  noiseFloor: number | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
