import type { Command } from 'commander';
import { routes, type MatrixDocument } from '@octet/protocol';
import { ControllerClient } from '../controller-client.js';
import { followMatrix } from '../follow-matrix.js';
import { readMatrixFile, uploadMatrixFiles } from '../matrix-upload.js';
import { exitCodes, note, printJson, printText } from '../output.js';
import { verdictTable } from '../verdict-table.js';
import { exitCodeOf, fetchVerdicts } from './verdicts.js';

export function registerSubmit(program: Command): void {
  program
    .command('submit')
    .description('send a matrix to the fleet')
    .argument('<matrix>', 'matrix file (YAML)')
    .option('--wait', 'wait for the verdicts')
    .option('--json', 'one JSON document on stdout')
    .action(async (path: string, options: { wait?: boolean; json?: boolean }) => {
      const client = new ControllerClient();
      const document = await submitMatrix(client, path);
      if (options.wait) process.exitCode = await waitForVerdicts(client, document, options.json ?? false);
      else if (options.json) printJson(document);
      else printText(submittedText(document));
    });
}

/** Uploads what the matrix names and stores it; nothing is submitted unless all of it could be read. */
export async function submitMatrix(client: ControllerClient, path: string): Promise<MatrixDocument> {
  const { document } = readMatrixFile(path);
  const uploaded = await uploadMatrixFiles(client, document, path);
  return client.post<MatrixDocument>(routes.matrices, uploaded);
}

/** Follows a matrix to its end, prints its verdicts, answers the exit code. */
export async function waitForVerdicts(
  client: ControllerClient,
  submitted: MatrixDocument,
  json: boolean,
): Promise<number> {
  note(submittedText(submitted));
  const ended = await followMatrix(client, submitted.matrix.id);
  const rows = await fetchVerdicts(client, { matrix: submitted.matrix.id });
  if (json) printJson({ matrix: ended.matrix, results: rows });
  else printText(verdictTable(rows));
  return ended.matrix.progress.failed > 0 ? exitCodes.failed : exitCodeOf(rows);
}

function submittedText({ matrix, refused, waiting }: MatrixDocument): string {
  const lines = [`${matrix.name} (${matrix.id}): ${matrix.progress.total} trials`];
  if (refused.length > 0) lines.push(`${refused.length} cells are answered without measuring:`);
  for (const cell of refused)
    lines.push(
      `  ${cell.model.name} batch ${cell.batch} ${cell.variant} on ${cell.deviceClass}: ${cell.refusal.message}`,
    );
  for (const cell of waiting) lines.push(`waiting: ${cell.selector}: ${cell.why}`);
  return lines.join('\n');
}
