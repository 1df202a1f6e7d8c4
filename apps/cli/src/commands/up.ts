import type { Command } from 'commander';
import { OctetError } from '@octet/domain';
import { dataDir } from '../controller-client.js';
import { note, printText } from '../output.js';
import type { Supervisor } from '../supervisor/supervisor.js';

interface Options {
  port: string;
  agent: boolean;
}

export const defaultPort = '4320';

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('start Postgres, Redis, a controller and an agent here, and keep them running')
    .option('--port <n>', 'port of the controller and its dashboard', process.env['OCTET_PORT'] ?? defaultPort)
    .option('--no-agent', 'start no agent: measure elsewhere')
    .action(async (options: Options) => {
      const signals = stopSignals();
      const supervisor = await startHere(options);
      printText(addressText(supervisor));
      await signals.requested;
      await signals.end(supervisor);
    });
}

/** @throws OctetError `option-invalid` and those of `startSupervisor`. */
export async function startHere({ port, agent }: Options): Promise<Supervisor> {
  const { startSupervisor } = await import('../supervisor/supervisor.js');
  return startSupervisor({ dataDir: dataDir(), port: parsePort(port), env: process.env, agent, tell: note });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new OctetError('option-invalid', `--port ${text}: give a number from 1 to 65535.`);
}

/** The address signs the browser in: it holds the token, as whoever reads this terminal could read the file. */
export function addressText({ url, adminToken }: Supervisor): string {
  return [
    `Octet is up. Dashboard: ${url}/#token=${adminToken}`,
    `Tokens and logs: ${dataDir()} (admin.token, agent.token, logs/). Ctrl-C ends all of it.`,
  ].join('\n');
}

/** Catches Ctrl-C and SIGTERM from the first moment on, also while things are starting. */
export function stopSignals() {
  let asked = 0;
  let onSignal: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        asked += 1;
        // Nothing outlives this process: the kernel ends what is still there.
        if (asked > 2) process.exit(130);
        resolve();
        onSignal();
      });
    }
  });
  return {
    requested: first,
    /** Ends everything in order; a (second) Ctrl-C meanwhile makes the agent hand its trial back at once. */
    async end(supervisor: Supervisor): Promise<void> {
      note('Stopping: the agent finishes its trial (Ctrl-C again hands it back at once) ...');
      const stopping = supervisor.stop();
      onSignal = () => void supervisor.stop();
      await stopping;
      note('Stopped.');
    },
  };
}
