import 'reflect-metadata';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { isOctetError } from '@octet/domain';
import { AgentModule } from './agent.module.js';
import { SessionService } from './session/session.service.js';

/** Nest's own shutdown hooks are left alone: SIGTERM first lets the trial end. */
async function main(): Promise<void> {
  const logger = new ConsoleLogger({ colors: process.stdout.isTTY && process.env['NO_COLOR'] === undefined });
  const app = await NestFactory.createApplicationContext(AgentModule, { logger, abortOnError: false });
  const session = app.get(SessionService);
  let signals = 0;
  const terminate = (): void => {
    signals += 1;
    if (signals > 2) process.exit(1);
    session.terminate();
  };
  process.on('SIGTERM', terminate);
  process.on('SIGINT', terminate);
  await session.start();
  await session.ended;
  await app.close();
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(isOctetError(error) ? `octet agent: ${error.message}` : error);
  process.exit(1);
});
