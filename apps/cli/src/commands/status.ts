import type { Command } from 'commander';
import { routes, type MatrixDocument, type MatrixSummary } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('progress of a matrix, or of all of them')
    .argument('[matrix]', 'id or name of a matrix')
    .option('--json', 'one JSON document on stdout')
    .action(async (reference: string | undefined, options: { json?: boolean }) => {
      const client = new ControllerClient();
      if (reference === undefined) await printAll(client, options.json ?? false);
      else await printOne(client, reference, options.json ?? false);
    });

  program
    .command('cancel')
    .description('cancel what a matrix has not measured yet; results stay')
    .argument('<matrix>', 'id or name of a matrix')
    .option('--json', 'one JSON document on stdout')
    .action(async (reference: string, options: { json?: boolean }) => {
      const document = await new ControllerClient().post<MatrixDocument>(routes.cancelMatrix(reference), {});
      if (options.json) printJson(document);
      else printText(matrixTable([document.matrix]));
    });
}

async function printAll(client: ControllerClient, json: boolean): Promise<void> {
  const { matrices } = await client.get<{ matrices: MatrixSummary[] }>(routes.matrices);
  if (json) printJson({ matrices });
  else printText(matrices.length === 0 ? 'No matrix yet. Submit one: octet submit MATRIX.yaml' : matrixTable(matrices));
}

async function printOne(client: ControllerClient, reference: string, json: boolean): Promise<void> {
  const document = await client.get<MatrixDocument>(routes.matrix(reference));
  if (json) printJson(document);
  else printText(matrixText(document));
}

function matrixTable(matrices: readonly MatrixSummary[]): string {
  const header = [
    'id',
    'name',
    'state',
    'trials',
    'done',
    'running',
    'queued',
    'failed',
    'refused',
    'waiting',
    'time left',
  ];
  return textTable(
    header,
    matrices.map(({ id, name, state, progress, expectedSecondsLeft }) => [
      id,
      name,
      state,
      ...[
        progress.total,
        progress.done,
        progress.assigned,
        progress.queued,
        progress.failed,
        progress.refused,
        progress.waiting,
      ].map(String),
      expectedSecondsLeft === null ? 'no device' : `${Math.round(expectedSecondsLeft)} s`,
    ]),
  );
}

function matrixText(document: MatrixDocument): string {
  const trials = document.trials.map((trial) => [
    trial.model.name,
    String(trial.batch),
    trial.deviceClass,
    trial.runtime,
    trial.state,
    trial.error === null ? '' : trial.error.message,
  ]);
  const parts = [matrixTable([document.matrix])];
  if (trials.length > 0) parts.push(textTable(['model', 'batch', 'device class', 'runtime', 'state', ''], trials));
  for (const cell of document.refused)
    parts.push(`${cell.model.name} batch ${cell.batch} on ${cell.deviceClass}: ${cell.refusal.message}`);
  for (const cell of document.waiting) parts.push(`waiting: ${cell.selector}: ${cell.why}`);
  return parts.join('\n\n');
}
