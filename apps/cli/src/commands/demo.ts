import { join } from 'node:path';
import type { Command } from 'commander';
import { OctetError } from '@octet/domain';
import { routes, type TrialDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { followMatrix } from '../follow-matrix.js';
import { note, printText } from '../output.js';
import { projectRoot } from '../supervisor/project.js';
import type { Supervisor } from '../supervisor/supervisor.js';
import { verdictTable } from '../verdict-table.js';
import { submitMatrix } from './submit.js';
import { addressText, defaultPort, startHere, stopSignals } from './up.js';
import { fetchVerdicts } from './verdicts.js';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('octet up, with the example matrix measured on this machine')
    .option('--port <n>', 'port of the controller and its dashboard', process.env['OCTET_PORT'] ?? defaultPort)
    .option('--exit', 'end after the verdict table')
    .option('--matrix <file>', 'another matrix than the example')
    .action(async (options: { port: string; exit?: boolean; matrix?: string }) => {
      const signals = stopSignals();
      const prepared = options.matrix === undefined ? prepareExample() : Promise.resolve(options.matrix);
      prepared.catch(() => undefined);
      const supervisor = await startHere({ port: options.port, agent: true });
      try {
        note(addressText(supervisor));
        const finished = measure(supervisor, await prepared);
        await Promise.race([finished, signals.requested]);
        if (!options.exit) {
          printText(addressText(supervisor));
          await signals.requested;
        }
      } finally {
        await signals.end(supervisor);
      }
    });
}

/** Models and inputs of the example, made ready below `examples/`; resolves to the matrix file. */
async function prepareExample(): Promise<string> {
  const folder = join(projectRoot(), 'examples');
  const { prepareExamples } = await import('../../../../examples/prepare.js');
  await prepareExamples(folder, folder);
  return join(folder, 'matrix.yaml');
}

async function measure(supervisor: Supervisor, matrix: string): Promise<void> {
  const client = new ControllerClient({ url: supervisor.url, token: supervisor.adminToken });
  await untilSlots(client);
  const submitted = await submitMatrix(client, matrix);
  note(`${submitted.matrix.name}: ${submitted.matrix.progress.total} trials on this machine`);
  const ended = await followMatrix(client, submitted.matrix.id);
  printText(verdictTable(await fetchVerdicts(client, { matrix: ended.matrix.id })));
  printText(
    await cacheText(
      client,
      ended.trials.map((trial) => trial.id),
    ),
  );
  if (ended.matrix.progress.done !== ended.matrix.progress.total) process.exitCode = 1;
}

/** The matrix is expanded over the devices that are known: the agent must have said hello. */
async function untilSlots(client: ControllerClient): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until;) {
    const { agents } = await client.get<{ agents: { state: string }[] }>(routes.agents);
    if (agents.some((agent) => agent.state === 'connected')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new OctetError(
    'agent-missing',
    'The agent did not connect within a minute: see logs/agent.log in the data folder.',
  );
}

/** What came from caches and what was made anew, over all trials. */
async function cacheText(client: ControllerClient, trials: readonly string[]): Promise<string> {
  const sum = { cacheHits: 0, engineBuilds: 0, calibrations: 0 };
  for (const id of trials) {
    const { record } = await client.get<TrialDocument>(routes.trial(id));
    const facts = (record as { environment?: { facts?: Record<string, unknown> } } | null)?.environment?.facts ?? {};
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += Number(facts[key] ?? 0);
  }
  return `Cache: ${sum.cacheHits} hits, ${sum.engineBuilds} engines built, ${sum.calibrations} calibrations. Times are measured afresh in every run.`;
}
