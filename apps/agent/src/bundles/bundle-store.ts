import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OctetError } from '@octet/domain';
import { bundleSchema, type Bundle, type BundleFile } from '@octet/protocol';

/** Where bundles come from. */
export interface BundleSource {
  describe(): Promise<Bundle>;
  blob(sha256: string, signal: AbortSignal): Promise<Readable>;
}

const marker = 'bundle.json';
const graceMs = 10 * 60_000;

/** Models and datasets of this agent by hash: fetched once, every byte checked, least recently used ones go first. */
export class BundleStore {
  /** Checked byte by byte in this life. */
  private readonly checked = new Set<string>();
  private readonly fetching = new Map<string, Promise<Bundle>>();

  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {}

  /**
   * The folder that holds the bundle's files, and the bundle.
   * @throws OctetError `blob-damaged` when what came is not what was asked for, `disk-full`.
   */
  async take(sha256: string, source: BundleSource, signal: AbortSignal): Promise<{ dir: string; bundle: Bundle }> {
    const dir = join(this.folder, sha256);
    const known = await this.intact(dir, sha256);
    const bundle = known ?? (await this.fetchOnce(sha256, dir, source, signal));
    await utimes(join(dir, marker), new Date(), new Date());
    return { dir: join(dir, 'files'), bundle };
  }

  private async intact(dir: string, sha256: string): Promise<Bundle | null> {
    try {
      const bundle = bundleSchema.parse(JSON.parse(await readFile(join(dir, marker), 'utf8')));
      for (const file of bundle.files) await this.check(join(dir, 'files', file.path), file, this.checked.has(sha256));
      this.checked.add(sha256);
      return bundle;
    } catch {
      await rm(dir, { recursive: true, force: true });
      return null;
    }
  }

  /** Content is hashed once in the agent's life, sizes are compared each time. */
  private async check(path: string, file: BundleFile, sizeOnly: boolean): Promise<void> {
    const same = (await stat(path)).size === file.sizeBytes && (sizeOnly || (await hashOf(path)) === file.sha256);
    if (!same) throw new Error(`${path} is damaged`);
  }

  private async fetchOnce(sha256: string, dir: string, source: BundleSource, signal: AbortSignal): Promise<Bundle> {
    const running = this.fetching.get(sha256);
    if (running !== undefined) return running;
    const fetched = this.fetch(dir, source, signal).finally(() => this.fetching.delete(sha256));
    this.fetching.set(sha256, fetched);
    const bundle = await fetched;
    this.checked.add(sha256);
    return bundle;
  }

  private async fetch(dir: string, source: BundleSource, signal: AbortSignal): Promise<Bundle> {
    const temporary = join(this.folder, `.tmp-${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      const bundle = await source.describe();
      await this.makeRoom(bundle.sizeBytes);
      for (const file of bundle.files) {
        const path = join(temporary, 'files', file.path);
        await mkdir(dirname(path), { recursive: true });
        await receive(await source.blob(file.sha256, signal), path, file, signal);
      }
      await writeFile(join(temporary, marker), JSON.stringify(bundle));
      await rename(temporary, dir);
      return bundle;
    } catch (error) {
      throw spaceError(error, this.folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** Removes leftovers of dead downloads, then the bundles that were not used for longest. */
  private async makeRoom(neededBytes: number): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const names = await readdir(this.folder);
    const entries = (await Promise.all(names.map((name) => describe(join(this.folder, name))))).filter(
      (one) => one !== null,
    );
    let total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, neededBytes);
    for (const { path, sizeBytes, usedMs } of entries.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.maxBytes) return;
      if (Date.now() - usedMs < graceMs) continue;
      await rm(path, { recursive: true, force: true });
      total -= sizeBytes;
    }
  }
}

async function describe(path: string): Promise<{ path: string; sizeBytes: number; usedMs: number } | null> {
  try {
    const bundle = bundleSchema.parse(JSON.parse(await readFile(join(path, marker), 'utf8')));
    return { path, sizeBytes: bundle.sizeBytes, usedMs: (await stat(join(path, marker))).mtimeMs };
  } catch {
    const pid = Number(/\.tmp-(\d+)-/.exec(path)?.[1] ?? process.pid);
    if (pid !== process.pid) await rm(path, { recursive: true, force: true });
    return null;
  }
}

async function receive(content: Readable, path: string, file: BundleFile, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  content.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(content, createWriteStream(path), { signal });
  if (hash.digest('hex') === file.sha256) return;
  throw new OctetError(
    'blob-damaged',
    `What came for ${file.path} is not ${file.sha256}: the controller's copy or the line is damaged. Upload the file again.`,
  );
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function spaceError(error: unknown, folder: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new OctetError(
    'disk-full',
    `No room for a model or dataset: the disk of ${folder} is full. Make room or set OCTET_AGENT_DATA_DIR.`,
    {
      cause: error,
    },
  );
}
