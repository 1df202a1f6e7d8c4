import type { Slot } from '@octet/protocol';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An agent as it last introduced itself. `controllerId` is the controller that holds its socket; null without one. */
@Entity('agents')
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
}
