import { startTestServers } from './test-servers.js';

/** vitest `globalSetup`: one Postgres and one Redis for the whole run; suites find them by these variables. */
export default async function setup(): Promise<() => Promise<void>> {
  const servers = await startTestServers(process.env);
  process.env['OCTET_TEST_DATABASE_URL'] = servers.databaseUrl;
  process.env['OCTET_TEST_REDIS_URL'] = servers.redisUrl;
  return () => servers.stop();
}
