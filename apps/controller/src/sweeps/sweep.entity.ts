import type { MeasuredSweep } from '@octet/domain';
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** A grid that `octet sweep` measured; one for each device class, runtime, family and moment. */
@Entity('sweeps')
@Index('sweeps_once', ['deviceClass', 'runtime', 'family', 'measuredAt'], { unique: true })
export class SweepEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'sweeps_pkey' })
  id: string;

  @Column({ name: 'device_class', type: 'text' })
  deviceClass: string;

  @Column({ type: 'text' })
  runtime: string;

  @Column({ type: 'text' })
  family: string;

  @Column({ name: 'measured_at', type: 'timestamptz' })
  measuredAt: Date;

  @Column({ type: 'jsonb' })
  document: MeasuredSweep;

  @CreateDateColumn({ name: 'stored_at', type: 'timestamptz' })
  storedAt: Date;
}
