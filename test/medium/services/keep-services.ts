import { startServices } from '@octet/services';

/** A program of its own for services.spec.ts: starts both servers, prints where they are, and waits to be killed. */
const services = await startServices({ dataDir: process.argv[2] as string, env: {}, durable: false });
const { databaseUrl, redisUrl } = services;
console.log(JSON.stringify({ databaseUrl, redisUrl, pids: [services.postgres?.pid, services.redis?.pid] }));
setInterval(() => undefined, 1_000);
