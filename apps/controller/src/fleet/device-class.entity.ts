import type { Device, RuntimeProbe } from '@octet/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A class that some agent has announced: what selectors match, with one device of it and every runtime seen there. */
@Entity('device_classes')
export class DeviceClassEntity {
  @PrimaryColumn({ name: 'device_class', type: 'text' })
  deviceClass: string;

  @Column({ type: 'jsonb' })
  device: Device;

  @Column({ type: 'jsonb' })
  runtimes: RuntimeProbe[];

  /** Relative; null until A/A trials have measured it (the domain's default counts then). */
  @Column({ name: 'noise_floor', type: 'double precision', nullable: true })
  noiseFloor: number | null;

  @Column({ name: 'last_seen_at', type: 'timestamptz' })
  lastSeenAt: Date;
}
