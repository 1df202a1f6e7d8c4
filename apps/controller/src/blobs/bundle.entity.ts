import type { BundleFile } from '@octet/protocol';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bytes } from '../database/columns.js';

export type BundleKind = 'model' | 'dataset';

/** A model or dataset: files (blobs) under one content hash. Stored once, whatever names point to it. */
@Entity('bundles')
export class BundleEntity {
  @PrimaryColumn({ type: 'text' })
  kind: BundleKind;

  @PrimaryColumn({ type: 'char', length: 64 })
  sha256: string;

  /** The name it was last uploaded under. */
  @Column({ type: 'text' })
  name: string;

  /** In order; the first is the one to open. */
  @Column({ type: 'jsonb' })
  files: BundleFile[];

  @Column({ name: 'size_bytes', type: 'bigint', transformer: bytes })
  sizeBytes: number;

  @Column({ type: 'jsonb', nullable: true })
  inspection: Record<string, unknown> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

/** A name points to the content that was uploaded under it last. */
@Entity('bundle_names')
export class BundleNameEntity {
  @PrimaryColumn({ type: 'text' })
  kind: BundleKind;

  @PrimaryColumn({ type: 'text' })
  name: string;

  @Column({ type: 'char', length: 64 })
  sha256: string;
}
