import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { OctetError } from '@octet/domain';
import pg from 'pg';
import { startGuarded, type GuardedProcess } from './guarded-process.js';
import { releaseLock } from './lock-file.js';
import { startOnPort } from './ports.js';
import { postgresBinaries } from './postgres-binaries.js';
import { prepareCluster, type Cluster } from './postgres-cluster.js';
import { postgresUser } from './service-user.js';

export interface PostgresOptions {
  /** Folder that belongs to Octet; the cluster goes below it (or below /var/lib/octet, see prepareCluster). */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** Created if missing. Default `octet`. */
  database?: string;
  /** false: no fsync, for tests only. Default true. */
  durable?: boolean;
  onLine?: (line: string) => void;
}

export interface RunningService {
  /** With user and password: never log it. */
  url: string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<unknown>;
  stop(): Promise<void>;
}

const postgresEnvironment: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC' };

function serverArguments(cluster: Cluster, port: number, durable: boolean): string[] {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  return ['-D', cluster.folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** Resolves when the server says that it is ready; rejects with its own last words when it ends before. */
async function launch(command: string, args: string[], onLine: (line: string) => void): Promise<GuardedProcess> {
  const said: string[] = [];
  let ready: () => void = () => undefined;
  const readiness = new Promise<'ready'>((resolve) => (ready = () => resolve('ready')));
  const server = await startGuarded({
    command,
    args,
    stopSignal: 'SIGINT',
    user: postgresUser(),
    env: postgresEnvironment,
    cwd: '/',
    onLine: (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      if (line.includes('database system is ready to accept connections')) ready();
      onLine(line);
    },
  });
  const outcome = await Promise.race([readiness, server.exited, sleep(60_000, 'late' as const, { ref: false })]);
  if (outcome === 'ready') return server;
  await server.stop(1_000);
  throw new OctetError('postgres-start-failed', `Postgres did not start:\n${said.join('\n')}`);
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

/**
 * Starts the embedded Postgres on 127.0.0.1. It stops with this process, cleanly even on kill -9, and a folder left by a
 * killed one is repaired first. As root it runs as user `postgres` (or `nobody`).
 * @throws OctetError `postgres-missing`, `port-in-use`, `data-folder-in-use`, `postgres-version`, `postgres-start-failed`.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningService> {
  const durable = options.durable ?? true;
  const user = postgresUser();
  const binaries = await postgresBinaries(user);
  const cluster = await prepareCluster(binaries, { dataDir: options.dataDir, user, env: postgresEnvironment, durable });
  await releaseLock(join(cluster.folder, 'postmaster.pid'), 'postgres');
  const onLine = options.onLine ?? (() => undefined);
  const { server, port } = await startOnPort(options.port, 'Postgres', async (port) => ({
    server: await launch(binaries.postgres, serverArguments(cluster, port, durable), onLine),
    port,
  }));
  const base = `postgresql://${cluster.user}:${cluster.password}@127.0.0.1:${port}`;
  const database = options.database ?? 'octet';
  try {
    await ensureDatabase(`${base}/postgres`, database);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: `${base}/${database}`, port, pid: server.pid, exited: server.exited, stop: () => server.stop() };
}
