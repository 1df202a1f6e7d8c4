import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { OctetError } from '@octet/domain';
import { DataSource } from 'typeorm';
import { CONFIG, type ControllerConfig } from '../config.js';
import { BlobStore } from './blob-store.js';

/** Content-addressed files: bytes on disk, a row in Postgres. */
@Injectable()
export class BlobsService {
  readonly store: BlobStore;

  constructor(
    @Inject(CONFIG) config: ControllerConfig,
    private readonly database: DataSource,
  ) {
    this.store = new BlobStore(join(config.dataDir, 'blobs'));
  }

  /** Stores content once; a second upload of the same content is not kept. */
  async put(sha256: string, content: Readable): Promise<{ sizeBytes: number; stored: boolean }> {
    const known = await this.store.sizeOf(sha256);
    if (known !== null) {
      content.resume();
      await this.record(sha256, known);
      return { sizeBytes: known, stored: false };
    }
    const sizeBytes = await this.store.write(sha256, content);
    await this.record(sha256, sizeBytes);
    return { sizeBytes, stored: true };
  }

  /** @throws OctetError `blob-unknown`. */
  async open(sha256: string): Promise<{ sizeBytes: number; content: Readable }> {
    const sizeBytes = await this.store.sizeOf(sha256);
    if (sizeBytes === null) throw blobUnknown(sha256);
    return { sizeBytes, content: this.store.read(sha256) };
  }

  /** Which of these are not here. */
  async missing(digests: readonly string[]): Promise<string[]> {
    const sizes = await Promise.all(digests.map((digest) => this.store.sizeOf(digest)));
    return digests.filter((_, index) => sizes[index] === null);
  }

  private async record(sha256: string, sizeBytes: number): Promise<void> {
    await this.database.query(
      'insert into blobs (sha256, size_bytes) values ($1, $2) on conflict (sha256) do nothing',
      [sha256, sizeBytes],
    );
  }
}

function blobUnknown(sha256: string): OctetError {
  return new OctetError('blob-unknown', `No content ${sha256} here: PUT it to /api/blobs/${sha256} first.`);
}
