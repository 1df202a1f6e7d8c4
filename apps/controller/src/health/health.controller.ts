import { Controller, Get, Res } from '@nestjs/common';
import { routes, type HealthDocument } from '@octet/protocol';
import type { Response } from 'express';
import { DataSource } from 'typeorm';
import { Public } from '../auth/auth.guard.js';
import { RedisConnections } from '../lanes/redis-connections.js';

const answerWithinMs = 2000;

/** For supervisors and load balancers; no token, and nothing told that helps a stranger. */
@Controller()
@Public()
export class HealthController {
  constructor(
    private readonly database: DataSource,
    private readonly redis: RedisConnections,
  ) {}

  @Get(routes.live)
  live(): HealthDocument {
    return { schemaVersion: 1, status: 'ok', parts: { process: 'ok' } };
  }

  @Get(routes.ready)
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthDocument> {
    const [database, redis] = await Promise.all([
      state(within(this.database.query<unknown>('select 1'), answerWithinMs)),
      state(this.redis.ping(answerWithinMs)),
    ]);
    const ok = database === 'ok' && redis === 'ok';
    if (!ok) response.status(503);
    return { schemaVersion: 1, status: ok ? 'ok' : 'unavailable', parts: { database, redis } };
  }
}

async function state(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'ok',
    () => 'does not answer',
  );
}

function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
