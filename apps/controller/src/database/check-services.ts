import { OctetError } from '@octet/domain';
import { Redis } from 'ioredis';
import pg from 'pg';

const answerWithinMs = 5000;

/** Both services answer, or an OctetError that says which does not, where it was looked for, and what to do. */
export async function checkServices(databaseUrl: string, redisUrl: string): Promise<void> {
  await Promise.all([checkPostgres(databaseUrl), checkRedis(redisUrl)]);
}

async function checkPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerWithinMs });
  try {
    await client.connect();
    await client.query('select 1');
  } catch (cause) {
    throw new OctetError(
      'database-unavailable',
      `Postgres at ${placeOf(url)} can't be used: ${reasonOf(cause)}. Start it, correct DATABASE_URL, or let \`octet up\` start everything.`,
      { cause },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkRedis(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: answerWithinMs, retryStrategy: () => null });
  let last: unknown = null;
  client.on('error', (error) => {
    last = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    throw new OctetError(
      'redis-unavailable',
      `Redis at ${placeOf(url)} can't be used: ${reasonOf(last ?? cause)}. Start it, correct REDIS_URL, or let \`octet up\` start everything.`,
      { cause },
    );
  } finally {
    client.disconnect();
  }
}

/** Host, port and name of a URL; never its user or password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);
}
