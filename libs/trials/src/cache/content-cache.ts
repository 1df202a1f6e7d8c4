import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { isAlive } from '../host/process-life.js';

const entrySchema = z.object({
  schemaVersion: z.literal(1),
  /** What the key was made from, for people. */
  identity: z.unknown(),
  meta: z.unknown(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.int().nonnegative(), sha256: z.string() })),
});
type Entry = z.infer<typeof entrySchema>;

export interface CacheOptions {
  folder: string;
  /** Least recently used entries go when the entries' files take more than this. */
  maxBytes: number;
  /** An entry used less than this long ago is never evicted: another process may be about to load it. */
  graceMs?: number;
}

export interface Cached {
  dir: string;
  meta: unknown;
}

const entryFile = 'entry.json';
const temporaryPrefix = '.tmp-';

/** Lower-case hex SHA-256 of a value's JSON with sorted keys: equal content, equal key. */
export function contentKey(identity: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sortedKeys(identity)))
    .digest('hex');
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortedKeys(item)]));
}

/**
 * Folder of files addressed by what they were made from. Several processes may use one folder: an entry appears by an
 * atomic rename, whole or not at all, and is checked against its checksums each time it is taken.
 */
export class ContentCache {
  private readonly graceMs: number;

  constructor(private readonly options: CacheOptions) {
    this.graceMs = options.graceMs ?? 10 * 60_000;
  }

  /** The entry of this identity, or null; an entry whose files are damaged is removed. */
  async get(identity: unknown): Promise<Cached | null> {
    const dir = this.dirOf(contentKey(identity));
    const entry = await readEntry(dir);
    if (entry === null) return null;
    if (!(await isIntact(dir, entry))) {
      await rm(dir, { recursive: true, force: true });
      return null;
    }
    await touch(join(dir, entryFile));
    return { dir, meta: entry.meta };
  }

  /**
   * Fills a new entry: `fill` writes files into the folder it is given and returns what is to be kept with them. If another
   * process filled the same entry meanwhile, that one stays. Nothing is left behind when `fill` throws.
   */
  put(identity: unknown, fill: (dir: string) => Promise<unknown>): Promise<Cached> {
    return this.putAs(() => identity, fill);
  }

  /** As `put`, for an identity that is only known once the entry is filled: it is made from what is kept with it. */
  async putAs(identityOf: (meta: unknown) => unknown, fill: (dir: string) => Promise<unknown>): Promise<Cached> {
    const temporary = join(this.options.folder, `${temporaryPrefix}${process.pid}-${randomBytes(6).toString('hex')}`);
    await mkdir(temporary, { recursive: true });
    try {
      const meta = (await fill(temporary)) ?? null;
      const identity = identityOf(meta);
      const entry: Entry = { schemaVersion: 1, identity, meta, files: await describeFiles(temporary) };
      await writeFile(join(temporary, entryFile), JSON.stringify(entry));
      const dir = this.dirOf(contentKey(identity));
      await moveInto(temporary, dir);
      await this.evict();
      return { dir, meta: (await readEntry(dir))?.meta ?? meta };
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** Removes an entry, whatever its state. */
  async remove(identity: unknown): Promise<void> {
    await rm(this.dirOf(contentKey(identity)), { recursive: true, force: true });
  }

  /** Bytes of all entries' files. */
  async sizeBytes(): Promise<number> {
    return (await this.entries()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Removes what dead processes left half-made, then least recently used entries until the limit holds. */
  async evict(): Promise<void> {
    await this.removeAbandoned();
    const entries = (await this.entries()).sort((a, b) => a.usedAtMs - b.usedAtMs);
    let total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { dir, sizeBytes, usedAtMs } of entries) {
      if (total <= this.options.maxBytes) return;
      if (Date.now() - usedAtMs < this.graceMs) continue;
      await rm(dir, { recursive: true, force: true });
      total -= sizeBytes;
    }
  }

  private dirOf(key: string): string {
    return join(this.options.folder, key.slice(0, 2), key);
  }

  private async entries(): Promise<{ dir: string; sizeBytes: number; usedAtMs: number }[]> {
    const shelves = (await names(this.options.folder)).filter((name) => /^[0-9a-f]{2}$/.test(name));
    const dirs = await Promise.all(
      shelves.map(async (shelf) =>
        (await names(join(this.options.folder, shelf))).map((name) => join(this.options.folder, shelf, name)),
      ),
    );
    return (await Promise.all(dirs.flat().map(measureEntry))).filter((found) => found !== null);
  }

  private async removeAbandoned(): Promise<void> {
    for (const name of await names(this.options.folder)) {
      const pid = /^\.tmp-(\d+)-/.exec(name)?.[1];
      if (pid === undefined || isAlive(Number(pid))) continue;
      await rm(join(this.options.folder, name), { recursive: true, force: true });
    }
  }
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function readEntry(dir: string): Promise<Entry | null> {
  try {
    return entrySchema.parse(JSON.parse(await readFile(join(dir, entryFile), 'utf8')));
  } catch {
    return null;
  }
}

async function measureEntry(dir: string) {
  const entry = await readEntry(dir);
  const used = await stat(join(dir, entryFile)).catch(() => null);
  if (entry === null || used === null) return null;
  return { dir, sizeBytes: entry.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), usedAtMs: used.mtimeMs };
}

async function isIntact(dir: string, entry: Entry): Promise<boolean> {
  const checks = entry.files.map(async ({ name, sizeBytes, sha256 }) => {
    const found = await stat(join(dir, name)).catch(() => null);
    return found !== null && found.size === sizeBytes && (await sha256Of(join(dir, name))) === sha256;
  });
  return (await Promise.all(checks)).every(Boolean);
}

async function describeFiles(dir: string): Promise<Entry['files']> {
  const files = (await readdir(dir)).sort();
  return Promise.all(
    files.map(async (name) => {
      const path = join(dir, name);
      return { name, sizeBytes: (await stat(path)).size, sha256: await sha256Of(path) };
    }),
  );
}

/** Lower-case hex SHA-256 of a file. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function moveInto(temporary: string, dir: string): Promise<void> {
  await mkdir(join(dir, '..'), { recursive: true });
  try {
    await rename(temporary, dir);
  } catch (error) {
    const taken = ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (!taken) throw error;
    if ((await readEntry(dir)) !== null) return;
    await rm(dir, { recursive: true, force: true });
    await rename(temporary, dir);
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}
