import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startTestServers, type TestServers } from './test-servers.js';

export interface TestServices {
  /** An empty database of this suite's own (or a clone of the migrated template). */
  databaseUrl: string;
  /** A Redis database number of this suite's own, empty. */
  redisUrl: string;
  /** Drops the database and closes what this suite opened. */
  stop(): Promise<void>;
}

export interface TestServicesOptions {
  /** Brings a database to the current schema. Runs once for each server; suites get clones of what it left. */
  migrate?: (databaseUrl: string) => Promise<void>;
  /** Tells templates of unlike migrations apart. Default `octet`. */
  template?: string;
}

/** Redis keeps 16 numbers unless told otherwise; number 0 holds the counter. */
const redisDatabases = 15;

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Suites run side by side: an advisory lock lets one of them make the template while the others wait. */
async function ensureTemplate(url: string, name: string, migrate: (url: string) => Promise<void>): Promise<void> {
  const key = createHash('sha256').update(name).digest().readInt32BE(0);
  await withClient(url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [key]);
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount !== 0) return;
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${pg.escapeIdentifier(draft)} with (force)`);
    await client.query(`create database ${pg.escapeIdentifier(draft)}`);
    await migrate(withDatabase(url, draft));
    await client.query(`alter database ${pg.escapeIdentifier(draft)} rename to ${pg.escapeIdentifier(name)}`);
  });
}

async function createDatabase(url: string, options: TestServicesOptions): Promise<string> {
  const template = `template_${options.template ?? 'octet'}`;
  if (options.migrate) await ensureTemplate(url, template, options.migrate);
  const name = `suite_${randomBytes(6).toString('hex')}`;
  const source = options.migrate ? ` template ${pg.escapeIdentifier(template)}` : '';
  await withClient(url, (client) => client.query(`create database ${pg.escapeIdentifier(name)}${source}`));
  return name;
}

async function emptyRedis(url: string): Promise<string> {
  const counter = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    const number = ((await counter.incr('octet:test:suites')) % redisDatabases) + 1;
    await counter.select(number);
    await counter.flushdb();
    return withDatabase(url, String(number));
  } finally {
    counter.disconnect();
  }
}

function serversOfRun(): TestServers | null {
  const { OCTET_TEST_DATABASE_URL: databaseUrl, OCTET_TEST_REDIS_URL: redisUrl } = process.env;
  return databaseUrl && redisUrl ? { databaseUrl, redisUrl, stop: async () => undefined } : null;
}

/**
 * A database and a Redis number for one suite: `const services = await testServices({ migrate })` in beforeAll, `stop()`
 * in afterAll. The servers are those of the run (`globalSetup`), or this suite's own when it runs alone.
 */
export async function testServices(options: TestServicesOptions = {}): Promise<TestServices> {
  const servers = serversOfRun() ?? (await startTestServers(process.env));
  const database = await createDatabase(servers.databaseUrl, options);
  return {
    databaseUrl: withDatabase(servers.databaseUrl, database),
    redisUrl: await emptyRedis(servers.redisUrl),
    async stop() {
      await withClient(servers.databaseUrl, (client) =>
        client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`),
      );
      await servers.stop();
    },
  };
}
