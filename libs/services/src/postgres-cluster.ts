import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OctetError } from '@octet/domain';
import type { UserIds } from './guarded-process.js';
import { reachableRoot, type PostgresBinaries } from './postgres-binaries.js';
import { secretFile } from './secret-file.js';
import { canEnter } from './service-user.js';

const run = promisify(execFile);

/** The major version whose files `initdb` of the packaged binaries writes. */
const majorVersion = '18';

export interface Cluster {
  folder: string;
  user: string;
  password: string;
}

/**
 * Where the cluster's files go: below `dataDir`, or below /var/lib/octet when the Postgres user can't enter that. The
 * outside folder is bound to the data folder by its path and a random id kept in it, so that a deleted data folder never
 * comes back with the old database; what an earlier id left for the same path is removed.
 */
async function clusterHome(dataDir: string, user: UserIds | null): Promise<string> {
  if (canEnter(user, dataDir)) return join(dataDir, 'postgres');
  const id = await secretFile(join(dataDir, 'postgres.id'), 6);
  const prefix = `data-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)}-`;
  await mkdir(reachableRoot, { recursive: true });
  await chmod(reachableRoot, 0o755);
  for (const name of await readdir(reachableRoot)) {
    if (name.startsWith(prefix) && name !== prefix + id) await rm(join(reachableRoot, name), { recursive: true });
  }
  return join(reachableRoot, prefix + id);
}

async function initialise(home: string, cluster: Cluster, binaries: PostgresBinaries, options: ClusterOptions) {
  const fresh = join(home, 'new');
  const passwordFile = join(home, 'password');
  await rm(fresh, { recursive: true, force: true });
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  if (options.user !== null) await chown(passwordFile, options.user.uid, options.user.gid);
  const args = ['-D', fresh, '-U', cluster.user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  args.push('--encoding=UTF8', '--locale=C.UTF-8', ...(options.durable ? [] : ['--no-sync']));
  try {
    await run(binaries.initdb, args, { cwd: '/', env: options.env, ...options.user });
  } catch (cause) {
    const text = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
    throw new OctetError('postgres-init-failed', `Can't make a Postgres database in ${home}: ${text}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, cluster.folder);
}

export interface ClusterOptions {
  dataDir: string;
  user: UserIds | null;
  env: NodeJS.ProcessEnv;
  /** false: no fsync, for tests only. */
  durable: boolean;
}

/**
 * Finds or makes the cluster of a data folder. An interrupted initdb leaves nothing that would be taken for a database.
 * @throws OctetError `postgres-version` when the files belong to another major version, `postgres-init-failed`.
 */
export async function prepareCluster(binaries: PostgresBinaries, options: ClusterOptions): Promise<Cluster> {
  await mkdir(options.dataDir, { recursive: true });
  const home = await clusterHome(options.dataDir, options.user);
  const folder = join(home, 'cluster');
  const password = await secretFile(join(options.dataDir, 'postgres.password'));
  const cluster = { folder, user: 'octet', password };
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (options.user !== null) await chown(home, options.user.uid, options.user.gid);
  if (!existsSync(join(folder, 'PG_VERSION'))) await initialise(home, cluster, binaries, options);
  const version = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  if (version !== majorVersion) {
    throw new OctetError(
      'postgres-version',
      `The database in ${folder} was made by Postgres ${version}, this Octet brings Postgres ${majorVersion}. Dump it with the older version and restore it, or move the folder away to start afresh.`,
    );
  }
  return cluster;
}
