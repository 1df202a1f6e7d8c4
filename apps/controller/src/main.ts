import 'reflect-metadata';
import { isOctetError } from '@octet/domain';
import { parseConfig } from './config.js';
import { createApp } from './create-app.js';

/** Starts the controller from the environment. Prints one line when it is ready; exit code 1 with a clear message when it can't. */
async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const app = await createApp(config);
  app.enableShutdownHooks();
  await app.listen(config.port, config.host);
  process.stdout.write(`octet controller ready at ${await app.getUrl()}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});

function explain(error: unknown): string {
  if (isOctetError(error)) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return `The controller's port is in use (${error.message}). Stop what uses it, or set OCTET_PORT to another.`;
  }
  return error.stack ?? error.message;
}
