import { startPostgres, type RunningService } from './postgres.js';
import { startRedis } from './redis.js';

export interface ServicesOptions {
  dataDir: string;
  /** DATABASE_URL and REDIS_URL replace the embedded services. */
  env: NodeJS.ProcessEnv;
  durable?: boolean;
  onLine?: (service: 'postgres' | 'redis', line: string) => void;
}

export interface Services {
  databaseUrl: string;
  redisUrl: string;
  /** null when DATABASE_URL names one from outside. */
  postgres: RunningService | null;
  redis: RunningService | null;
  stop(): Promise<void>;
}

async function embeddedPostgres(options: ServicesOptions): Promise<RunningService> {
  const onLine = (line: string) => options.onLine?.('postgres', line);
  return startPostgres({ dataDir: options.dataDir, durable: options.durable ?? true, onLine });
}

async function embeddedRedis(options: ServicesOptions): Promise<RunningService> {
  return startRedis({ dataDir: options.dataDir, onLine: (line) => options.onLine?.('redis', line) });
}

/**
 * Postgres and Redis for a controller: those named by the environment, else embedded ones in `dataDir`.
 * If one can't start, the other is stopped again.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = options.env;
  const [postgres, redis] = await Promise.allSettled([
    databaseUrl ? null : embeddedPostgres(options),
    redisUrl ? null : embeddedRedis(options),
  ]);
  if (postgres.status === 'rejected' || redis.status === 'rejected') {
    for (const one of [postgres, redis]) if (one.status === 'fulfilled') await one.value?.stop();
    throw postgres.status === 'rejected' ? postgres.reason : (redis as PromiseRejectedResult).reason;
  }
  return {
    databaseUrl: databaseUrl || (postgres.value as RunningService).url,
    redisUrl: redisUrl || (redis.value as RunningService).url,
    postgres: postgres.value,
    redis: redis.value,
    stop: async () => {
      await Promise.all([postgres.value?.stop(), redis.value?.stop()]);
    },
  };
}
