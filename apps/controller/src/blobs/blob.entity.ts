import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bytes } from '../database/columns.js';

/** A file on disk below `<data>/blobs`, known by the SHA-256 of its content. */
@Entity('blobs')
export class BlobEntity {
  @PrimaryColumn({ type: 'char', length: 64 })
  sha256: string;

  @Column({ name: 'size_bytes', type: 'bigint', transformer: bytes })
  sizeBytes: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
