import { ConsoleLogger, type LogLevel } from '@nestjs/common';

const framework = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Nest's logger without the framework's own account of each route and module. */
export class ControllerLogger extends ConsoleLogger {
  constructor(lowest: 'log' | 'warn' | 'error') {
    const levels: LogLevel[] = ['log', 'warn', 'error'];
    super({ logLevels: levels.slice(levels.indexOf(lowest)), colors: process.stdout.isTTY, timestamp: false });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && framework.has(context)) return;
    super.log(message, ...(rest as [string]));
  }
}
