import type { DeviceReading, Duty, Slot } from '@octet/protocol';
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** An agent as it last introduced itself. `controllerId` is the controller that holds its socket; null without one. */
@Entity('agents')
@Check('agents_duty', `duty in ('working', 'draining', 'paused', 'revoked')`)
export class AgentEntity {
  @PrimaryColumn({ type: 'text' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  version: string;

  @Column({ type: 'jsonb' })
  slots: Slot[];

  @Column({ type: 'jsonb' })
  facts: Record<string, string | number | boolean | null>;

  @Column({ name: 'controller_id', type: 'text', nullable: true })
  controllerId: string | null;

  @Column({ name: 'last_seen_at', type: 'timestamptz' })
  lastSeenAt: Date;

  /** Of the process that said hello last. */
  @Column({ name: 'life_id', type: 'text', nullable: true })
  lifeId: string | null;

  /** What an operator told it. */
  @Column({ type: 'text', default: 'working' })
  duty: Duty;

  @Column({ name: 'duty_since', type: 'timestamptz', nullable: true })
  dutySince: Date | null;

  /** The last one of each device, by slot. */
  @Column({ type: 'jsonb', default: {} })
  readings: Record<string, DeviceReading>;
}
