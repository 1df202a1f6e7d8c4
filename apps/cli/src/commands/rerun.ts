import type { Command } from 'commander';
import { routes, type MatrixDocument } from '@octet/protocol';
import { isOctetError } from '@octet/domain';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { waitForVerdicts } from './submit.js';

export function registerRerun(program: Command): void {
  program
    .command('rerun')
    .description(
      'measure a trial again from its record, or submit a matrix once more: same models, recipes, plan and seed',
    )
    .argument('<trial|matrix>', 'id of a trial (`octet export` and the dashboard show them), or id or name of a matrix')
    .option('--wait', 'wait for the verdicts')
    .option('--json', 'one JSON document on stdout')
    .action(async (reference: string, options: { wait?: boolean; json?: boolean }) => {
      const client = new ControllerClient();
      const document = await rerun(client, reference);
      if (options.wait) process.exitCode = await waitForVerdicts(client, document, options.json ?? false);
      else if (options.json) printJson(document);
      else printText(`${document.matrix.name} (${document.matrix.id}): ${trialsText(document)}`);
    });
}

/** A trial of that id, else a matrix of that id or name. */
async function rerun(client: ControllerClient, reference: string): Promise<MatrixDocument> {
  try {
    return await client.post<MatrixDocument>(routes.rerunTrial(reference), {});
  } catch (error) {
    if (!isOctetError(error) || error.code !== 'trial-unknown') throw error;
    return client.post<MatrixDocument>(routes.rerunMatrix(reference), {});
  }
}

function trialsText({ trials }: MatrixDocument): string {
  const [only, ...others] = trials;
  return only !== undefined && others.length === 0 ? `trial ${only.id}` : `${trials.length} trials`;
}
