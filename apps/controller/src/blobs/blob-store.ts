import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OctetError } from '@octet/domain';

/** Files by the SHA-256 of their content, below one folder: `<aa>/<sha256>`. */
export class BlobStore {
  constructor(private readonly folder: string) {}

  pathOf(sha256: string): string {
    return join(this.folder, sha256.slice(0, 2), sha256);
  }

  /** Bytes stored, or null if the content is not here. */
  async sizeOf(sha256: string): Promise<number | null> {
    try {
      return (await stat(this.pathOf(sha256))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Streams content to disk, checks its hash and puts it in place in one step: a reader never sees half a file. Returns the size.
   * @throws OctetError `hash-mismatch` (nothing is kept then).
   */
  async write(sha256: string, content: Readable): Promise<number> {
    const target = this.pathOf(sha256);
    await mkdir(dirname(target), { recursive: true });
    const draft = join(this.folder, `.${sha256}.${randomUUID()}`);
    try {
      const meter = new DigestMeter();
      await pipeline(content, meter, createWriteStream(draft, { flush: true }));
      meter.expect(sha256);
      await rename(draft, target);
      return meter.bytes;
    } finally {
      await rm(draft, { force: true });
    }
  }

  read(sha256: string): Readable {
    return createReadStream(this.pathOf(sha256));
  }
}

/** Passes bytes on while it hashes and counts them. */
class DigestMeter extends Transform {
  private readonly hash = createHash('sha256');
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }

  expect(sha256: string): void {
    const actual = this.hash.digest('hex');
    if (actual === sha256) return;
    throw new OctetError(
      'hash-mismatch',
      `What arrived has SHA-256 ${actual} (${this.bytes} bytes), not ${sha256}: it was changed or cut on its way. Upload it again.`,
    );
  }
}
