import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '@octet/services';

export interface TestServers {
  databaseUrl: string;
  redisUrl: string;
  stop(): Promise<void>;
}

/** A folder that the Postgres user can enter: mkdtemp makes it private. */
export async function temporaryFolder(prefix = 'octet-test-'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o755);
  return folder;
}

/** Postgres without fsync and Redis, both in a folder that goes when they stop; DATABASE_URL and REDIS_URL replace them. */
export async function startTestServers(env: NodeJS.ProcessEnv): Promise<TestServers> {
  const dataDir = await temporaryFolder();
  const services = await startServices({ dataDir, env, durable: false });
  return {
    databaseUrl: services.databaseUrl,
    redisUrl: services.redisUrl,
    async stop() {
      await services.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
