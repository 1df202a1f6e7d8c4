import type { Matrix, WaitingCell } from '@octet/domain';
import type { RefusedCell } from '@octet/protocol';
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('matrices')
export class MatrixEntity {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Index('matrices_name')
  @Column({ type: 'text' })
  name: string;

  /** As parsed, with every source resolved to a SHA-256: expanding again can't meet another model under the same name. */
  @Column({ type: 'jsonb' })
  document: Matrix;

  @Column({ type: 'integer' })
  priority: number;

  @Column({ type: 'boolean', default: false })
  cancelled: boolean;

  @Column({ type: 'jsonb' })
  refused: RefusedCell[];

  /** Selectors that match no known class: the matrix is expanded again when one appears. */
  @Column({ type: 'jsonb' })
  waiting: WaitingCell[];

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
