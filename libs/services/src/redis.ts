import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctetError } from '@octet/domain';
import { startGuarded, type GuardedProcess } from './guarded-process.js';
import { releaseLock } from './lock-file.js';
import { startOnPort } from './ports.js';
import type { RunningService } from './postgres.js';
import { secretFile } from './secret-file.js';

export interface RedisOptions {
  /** Folder that belongs to Octet; the append-only file goes to `redis` below it. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** Default: redis-server (or valkey-server) on the PATH. */
  command?: string;
  onLine?: (line: string) => void;
}

/** Bull needs 5.0 at least; multi-part append-only files came with 7.0 and are not required. */
const commands = ['redis-server', 'valkey-server'];

/**
 * The server program on this machine.
 * @throws OctetError `redis-missing` with the three ways out.
 */
export function findRedis(candidates: readonly string[] = commands): string {
  for (const command of candidates) {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
      return command;
    } catch {
      continue;
    }
  }
  throw new OctetError(
    'redis-missing',
    [
      'Redis is not on this machine (no redis-server on the PATH). Three ways out:',
      '  1. install it: apt-get install redis-server (Debian, Ubuntu), dnf install redis (Fedora), brew install redis (macOS)',
      '  2. point to one you have: REDIS_URL=redis://host:6379 (it must keep its data: appendonly yes, maxmemory-policy noeviction)',
      '  3. run one in a container: docker run -d -p 127.0.0.1:6379:6379 redis:7 redis-server --appendonly yes --maxmemory-policy noeviction, then REDIS_URL=redis://127.0.0.1:6379',
    ].join('\n'),
  );
}

/** Everything acknowledged survives a kill -9; at most a second or two is lost when the power goes. */
function configuration(folder: string, port: number, password: string): string {
  const lines = ['bind 127.0.0.1', `port ${port}`, 'protected-mode yes', `dir ${JSON.stringify(folder)}`];
  lines.push('appendonly yes', 'appendfsync everysec', 'save ""', 'maxmemory-policy noeviction');
  lines.push('daemonize no', `pidfile ${JSON.stringify(join(folder, 'redis.pid'))}`, `requirepass ${password}`);
  return `${lines.join('\n')}\n`;
}

async function launch(command: string, config: string, folder: string, onLine: (line: string) => void) {
  const said: string[] = [];
  let ready: () => void = () => undefined;
  const readiness = new Promise<'ready'>((resolve) => (ready = () => resolve('ready')));
  const server: GuardedProcess = await startGuarded({
    command,
    args: [config],
    stopSignal: 'SIGTERM',
    user: null,
    env: { PATH: process.env['PATH'] },
    cwd: folder,
    onLine: (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      if (/ready to accept connections/i.test(line)) ready();
      onLine(line);
    },
  });
  const outcome = await Promise.race([readiness, server.exited, sleep(60_000, 'late' as const, { ref: false })]);
  if (outcome === 'ready') return server;
  await server.stop(1_000);
  throw new OctetError('redis-start-failed', `Redis did not start:\n${said.join('\n')}`);
}

/**
 * Starts Redis on 127.0.0.1 with a password and an append-only file. It stops with this process, also on kill -9.
 * @throws OctetError `redis-missing`, `port-in-use`, `data-folder-in-use`, `redis-start-failed`.
 */
export async function startRedis(options: RedisOptions): Promise<RunningService> {
  const command = options.command ?? findRedis();
  const folder = join(options.dataDir, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await releaseLock(join(folder, 'redis.pid'), basename(command));
  const password = await secretFile(join(options.dataDir, 'redis.password'));
  const config = join(folder, 'redis.conf');
  const onLine = options.onLine ?? (() => undefined);
  const { server, port } = await startOnPort(options.port, 'Redis', async (port) => {
    await writeFile(config, configuration(folder, port, password), { mode: 0o600 });
    return { server: await launch(command, config, folder, onLine), port };
  });
  const url = `redis://:${password}@127.0.0.1:${port}/0`;
  return { url, port, pid: server.pid, exited: server.exited, stop: () => server.stop() };
}
