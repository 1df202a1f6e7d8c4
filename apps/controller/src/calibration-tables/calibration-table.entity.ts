import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** Ranges of a model's tensors by key (model, dataset, calibrator, seed). The first one uploaded counts for all agents. */
@Entity('calibration_tables')
export class CalibrationTableEntity {
  @PrimaryColumn({ type: 'text' })
  key: string;

  @Column({ type: 'char', length: 64 })
  sha256: string;

  /** The table's bytes exactly as the agent sent them. */
  @Column({ type: 'bytea' })
  content: Buffer;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
