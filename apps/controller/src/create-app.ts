import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { loadTokens } from './auth/tokens.js';
import type { ControllerConfig } from './config.js';
import { checkServices } from './database/check-services.js';
import { ControllerLogger } from './edge/console-logger.js';
import { serveDashboard } from './edge/dashboard.js';
import { serveDocs } from './edge/docs.js';
import { SocketAdapter } from './edge/socket.adapter.js';

/** The controller, connected and migrated, not listening yet. @throws OctetError `database-unavailable`, `redis-unavailable`. */
export async function createApp(config: ControllerConfig): Promise<NestExpressApplication> {
  await checkServices(config.databaseUrl, config.redisUrl);
  const tokens = await loadTokens(config);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.for(config, tokens), {
    logger: new ControllerLogger(config.logLevel),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  app.useBodyParser('json', { limit: '64mb' });
  app.useWebSocketAdapter(new SocketAdapter(app, tokens));
  serveDocs(app, tokens);
  serveDashboard(app, dashboardDir(config));
  return app;
}

/** Beside the built controller (`dist/apps/dashboard`), or as configured; null when it was not built. */
function dashboardDir(config: ControllerConfig): string | null {
  const candidates = [
    config.dashboardDir,
    join(import.meta.dirname, '../../../../dashboard'),
    join(import.meta.dirname, '../../../dist/apps/dashboard'),
  ];
  return candidates.find((folder) => folder !== null && existsSync(join(folder, 'index.html'))) ?? null;
}
