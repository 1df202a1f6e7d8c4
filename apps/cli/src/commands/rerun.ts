import type { Command } from 'commander';
import { routes, type MatrixDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { waitForVerdicts } from './submit.js';

export function registerRerun(program: Command): void {
  program
    .command('rerun')
    .description('measure a trial again from its record: same model, dataset, recipes, plan and seed')
    .argument('<trial>', 'id of a trial (`octet export` and the dashboard show them)')
    .option('--wait', 'wait for the verdicts')
    .option('--json', 'one JSON document on stdout')
    .action(async (trial: string, options: { wait?: boolean; json?: boolean }) => {
      const client = new ControllerClient();
      const document = await client.post<MatrixDocument>(routes.rerunTrial(trial), {});
      if (options.wait) process.exitCode = await waitForVerdicts(client, document, options.json ?? false);
      else if (options.json) printJson(document);
      else printText(`${document.matrix.name} (${document.matrix.id}): trial ${document.trials[0]?.id ?? '-'}`);
    });
}
