import { Command, CommanderError } from 'commander';
import { commandsFor } from './commands/index.js';
import { exitCodes, reportError, wantsJson } from './output.js';

const program = new Command('octet')
  .description('Is INT8 worth it, for this model, on this GPU? Measured verdicts.')
  .version('0.1.0')
  .showHelpAfterError('(octet COMMAND --help shows what a command takes)')
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

for (const register of await commandsFor(process.argv[2])) register(program);
for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => undefined });

// A reader that has seen enough (`octet ... | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = exitCodes.done;
  else process.exitCode = reportError(error, wantsJson(process.argv));
}
